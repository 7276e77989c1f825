"""Counting: an estimate that is rather too high, and texts that are cut to fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.prompts.budget import estimate_tokens, shorten

_TEXTS = st.text(alphabet="abc 他们。", max_size=400)


@given(_TEXTS, st.integers(0, 100))
def test_a_shortened_text_fits_and_keeps_how_it_begins(text, tokens):
    short = shorten(text, tokens)
    assert estimate_tokens(short) <= tokens
    assert short == text or text.startswith(short.split(" […] ")[0])


def test_a_text_that_fits_is_left_alone():
    assert shorten("He plays the violin.", 6) == "He plays the violin."


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        # Counted with the tokenizer of Qwen 2.5 (150,000 words), each text three times over.
        (
            "今天天气很好，我们去公园散步吧。他说他从来没有见过这么大的石头，孙悟空一跃而起，翻了个筋斗云。水帘洞里的猴子们欢呼起来。",
            39,
        ),
        (
            "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いて"
            "いた事だけは記憶している。",
            54,
        ),
        ("Call 555-0192 at 10:45, pay $1,299.99 (ref. 8839201-A).", 40),
        ("Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.", 37),
        ("def count(self, text: str) -> int:\n    return len(self._tokenize(text)) + 1\n", 19),
    ],
)
def test_the_estimate_is_not_below_a_real_count(text, counted):
    assert counted <= estimate_tokens(text) <= 3 * counted
