from datetime import UTC, datetime, timedelta

import pytest

from langgraph_roleplay.memory.home import Hit
from langgraph_roleplay.memory.ranking import rank

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def hit(name, score, *, age=0, echo=None):
    return Hit(name, score, {"at": (NOW - timedelta(days=age)).isoformat(), "echo": echo or name})


def order(dense, bm25, k=8):
    return [entry.id for entry in rank(dense, bm25, k=k, now=NOW)]


def test_first_in_both_arms_scores_one_and_the_recency_on_top():
    [entry] = rank([hit("a", 0.9)], [hit("a", 7.0)], k=8, now=NOW)
    assert entry.score == pytest.approx(1.005)
    assert (entry.why.dense, entry.why.bm25, entry.why.recency) == (0.9, 7.0, 1.0)
    assert entry.why.text == "dense 0.90, bm25 7.00, today"


def test_words_weigh_more_than_meaning():
    assert order([hit("a", 0.9)], [hit("b", 1.0)]) == ["b", "a"]


@pytest.mark.parametrize(("score", "kept"), [(0.24, []), (0.25, ["a"])])
def test_a_text_that_shares_no_word_must_be_near(score, kept):
    assert order([hit("a", score)], []) == kept


def test_noise_of_an_engine_does_not_change_the_order():
    assert order([], [hit("b", 1.00001), hit("a", 1.0)]) == order([], [hit("a", 1.00001), hit("b", 1.0)]) == ["a", "b"]


def test_recency_decides_between_equals_and_no_more():
    assert order([], [hit("a", 1.0, age=14), hit("b", 1.0)]) == ["b", "a"]
    assert order([], [hit("a", 1.1, age=3000), hit("b", 1.0)]) == ["a", "b"]


def test_half_a_life_later_recency_is_a_half():
    [entry] = rank([], [hit("a", 1.0, age=14)], k=8, now=NOW)
    assert entry.why.recency == 0.5
    assert entry.why.text == "bm25 1.00, 14 days old"


def test_an_echo_is_shown_once_and_newest():
    assert order([], [hit("a", 2.0, age=5, echo="same"), hit("b", 1.0, echo="same")]) == ["b"]


def test_a_memory_of_the_future_is_no_newer_than_now():
    [entry] = rank([], [hit("a", 1.0, age=-5)], k=8, now=NOW)
    assert entry.why.recency == 1.0


def test_which_of_the_equals_an_engine_cut_off_does_not_matter():
    best = hit("best", 2.0)
    lists = [order([], [best, *(hit(f"{engine}{n}", 1.0) for n in range(59))]) for engine in "ab"]
    assert lists == [["best"], ["best"]]
