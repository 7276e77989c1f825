import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.cli.harmless import print_json, visible, visible_json


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\n\ttext 好", "plain\n\ttext 好"),
        ("\x1b]0;owned\x07red\x1b[31m", "]0;ownedred[31m"),
        ("a\rb\x00c\x9b", "abc"),
        ("half \ud83d", "half "),
        ("evil\u202egnp.exe\u2066x\u2069", "evilgnp.exex"),
        ("one\u2028line\u2029", "oneline"),
        ("al\u200bi\u00adce\ufeff\U000e0041", "alice"),
    ],
)
def test_nothing_that_steers_a_terminal_or_disguises_a_line_is_shown(text, seen):
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d🚀 ❤\ufe0f",
        "السَّلامُ عليكم، \u061cمرحبا",
        "שָׁלוֹם\u200f!",
        "می\u200cخواهم",
        "क्\u200dष",
        "\u06dd٣",
        "日本語　です\u00a0…",
    ],
)
def test_emoji_and_ordinary_text_of_any_script_stay_as_they_are(text):
    assert visible(text) == text


@given(st.text() | st.sampled_from(["\x1b[31m", "\x9b2J", "\x7f", "a\u202eb", "\U000e0041", "👩\u200d🚀"]))
def test_json_is_shown_harmless_and_says_the_same(text):
    shown = visible_json(json.dumps({text: [text]}, ensure_ascii=False, indent=1))
    assert visible(shown) == shown
    assert json.loads(shown) == {text: [text]}


def test_json_for_programs_stays_readable_for_people(capsys):
    print_json({"name": "孙悟空 \x9b"})
    assert capsys.readouterr().out == '{\n "name": "孙悟空 \\u009b"\n}\n'
