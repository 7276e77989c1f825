"""What a model puts around a reply is left out, however its text is chopped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.safety import ThoughtFilter, strip_name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Good evening.", "Good evening."),
        ("<think>He is wet.</think>Good evening.", "Good evening."),
        ("Well. <think>Hm</think>Good evening. <think>More?</think>", "Well. Good evening. "),
        ("<think>I never come to an end", ""),
        ("a < b and <b>c</b> <thin", "a < b and <b>c</b> <thin"),
        ("</think> is no thought", "</think> is no thought"),
    ],
)
@given(data=st.data())
def test_thoughts_are_left_out_however_the_text_is_chopped(text, said, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    stream = ThoughtFilter()
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(map(stream.feed, pieces)) + stream.flush() == said


@pytest.mark.parametrize(
    "text",
    ["Sherlock Holmes: Pray sit.", "**Sherlock Holmes:** Pray sit.", "holmes：Pray sit.", " **Holmes**: Pray sit."],
)
def test_the_characters_name_before_its_words_is_stripped(text):
    assert strip_name(text, character="Sherlock Holmes") == "Pray sit."


@pytest.mark.parametrize("text", ["Pray sit: here.", "Watson: He means me.", "Holmes sat down.", ""])
def test_other_words_before_a_colon_stay(text):
    assert strip_name(text, character="Sherlock Holmes") == text
