import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.safety.tidy import tidy_reply


def tidy(text, *, truncated=False):
    return tidy_reply(text, character="Sherlock Holmes", user="Ada", truncated=truncated)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sherlock Holmes: Come in.", "Come in."),
        ("**Holmes:** Come in.", "Come in."),
        ("holmes： Come in.", "Come in."),
        ("Come in: the door is open.", "Come in: the door is open."),
        ('"Come in."', "Come in."),
        ("“Come in.”", "Come in."),
        ('"Come in," he said. "Sit."', '"Come in," he said. "Sit."'),
        ("<think>what would Holmes say?</think>\nCome in.", "Come in."),
        ("<think>I never closed this", ""),
        ("Come in.<|im_end|>\n<|im_start|>user\nHello", "Come in."),
        ("<|im_start|>assistant\nCome in.", "Come in."),
        ("Come in.</s>", "Come in."),
        ("Come in.\nAda: Thank you.\nHolmes: Sit.", "Come in."),
        ("Come in.\nUser: Thank you.", "Come in."),
        ("*He bows. Come in.", "*He bows. Come in.*"),
        ("*He bows.* Come in. *", "*He bows.* Come in."),
        ('Come in. "', "Come in."),
        ("“Come in, said he", "“Come in, said he”"),
        ("**Bold** words.", "**Bold** words."),
        ("Ada is welcome.", "Ada is welcome."),
        ("  Come in. \n", "Come in."),
        ("", ""),
    ],
)
def test_what_a_model_puts_around_a_reply_is_taken_off(text, expected):
    assert tidy(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Come in. Sit by the fi", "Come in."),
        ("Come in. Sit.", "Come in. Sit."),
        ('"Come in," said he. "Sit."', '"Come in," said he. "Sit."'),
        ("I see a man, a tall one with a", "I see a man…"),
        ("I see a", "I see a…"),
        ("俺来也！你是", "俺来也！"),
    ],
)
def test_half_a_sentence_goes_when_the_model_was_stopped_by_length(text, expected):
    assert tidy(text, truncated=True) == expected


@given(st.text(max_size=300), st.booleans())
def test_any_text_can_be_tidied(text, truncated):
    assert len(tidy(text, truncated=truncated)) <= len(text) + 3
