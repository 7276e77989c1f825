import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.evals.metrics import distinct_2


def said(*replies: str) -> dict:
    return {"turns": [{"said": "", "reply": reply} for reply in replies]}


@pytest.mark.parametrize(
    ("replies", "score"),
    [
        (("the fog is thick",), 1.0),
        (("so it is so it is",), 3 / 5),  # so-it, it-is, is-so of five
        (("the fog", "The fog!"), 1 / 2),  # case and marks don't count
        (("the fog", "fog the"), 1.0),  # no pair across replies: fog-fog
        (("俺老孙俺老孙",), 3 / 5),  # a character is a word
    ],
)
def test_different_pairs_are_divided_by_all_pairs(replies, score):
    assert distinct_2(said(*replies))["score"] == pytest.approx(score)


@pytest.mark.parametrize("outputs", [{}, said(), said(""), said("Yes.")])
def test_a_conversation_without_two_words_is_not_scored(outputs):
    assert distinct_2(outputs)["score"] is None


@given(st.lists(st.text(alphabet="ab ", max_size=20), max_size=4))
def test_saying_everything_twice_never_raises_the_score(replies):
    once, twice = distinct_2(said(*replies))["score"], distinct_2(said(*replies, *replies))["score"]
    assert (once is None) == (twice is None)
    if once is not None:
        assert 0 < twice <= once <= 1
