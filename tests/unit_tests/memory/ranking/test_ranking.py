import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from langgraph_roleplay.memory.home import Hit, Hits
from langgraph_roleplay.memory.ranking.candidates import gather
from langgraph_roleplay.memory.ranking.clock import Clock
from langgraph_roleplay.memory.ranking.rank import candidate_limit, rank
from langgraph_roleplay.memory.ranking.table import Table
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS, Weights

NOW = datetime(2026, 1, 31, tzinfo=UTC)
PLAIN = {
    "importance": 0.0,
    "length": 100,
    "asks": 0,
    "speaker": "anna",
    "thread": "t",
    "turn": None,
    "story_time": -1e300,
}


def hit(name, score, *, age=0, echo=None, **fields):
    at = (NOW - timedelta(days=age)).isoformat()
    payload = {**PLAIN, "at": at, "echo": (echo or name).encode().hex(), "session": name, **fields}
    return Hit(str(UUID(bytes=name.encode().ljust(16, b"\0"))), score, payload)


def ranked(dense, bm25, *, query="tea", k=8, clock=Clock(NOW), weights=DEFAULT_WEIGHTS):  # noqa: B008 - immutable
    table = Table()
    table.add([*dense, *bm25])
    limit = candidate_limit(k, weights=weights)
    candidates = gather(columns(dense), columns(bm25), table, limit=limit)
    entries = rank(candidates, query=query, k=k, clock=clock, weights=weights)
    return [entry._replace(id=UUID(entry.id).bytes.rstrip(b"\0").decode()) for entry in entries]


def columns(hits):
    return Hits([UUID(one.id).bytes for one in hits], [one.score for one in hits])


def order(dense, bm25, **options):
    return [entry.id for entry in ranked(dense, bm25, **options)]


def test_best_in_both_arms_scores_one_and_the_recency_on_top():
    [entry] = ranked([hit("a", 0.9)], [hit("a", 7.0)])
    assert entry.score == pytest.approx(1 + DEFAULT_WEIGHTS.recency)
    assert (entry.why.dense, entry.why.bm25, entry.why.recency, entry.why.importance) == (0.9, 7.0, 1.0, 0.0)
    assert entry.why.text == "dense 0.90, bm25 7.00, today"


def test_words_and_meaning_weigh_the_same_by_default_and_as_they_are_told():
    arms = [hit("a", 0.9)], [hit("b", 1.0)]
    assert ranked(*arms)[0].score == ranked(*arms)[1].score
    assert order(*arms, weights=Weights(words=0.6, meaning=0.4)) == ["b", "a"]
    assert order(*arms, weights=Weights(words=0.4, meaning=0.6)) == ["a", "b"]


def test_half_as_good_by_words_is_worth_half_as_much_of_them():
    first, second = ranked([], [hit("a", 8.0), hit("b", 4.0)])
    assert first.score - second.score == pytest.approx((first.score - DEFAULT_WEIGHTS.recency) / 2)


@pytest.mark.parametrize(("score", "kept"), [(0.24, []), (0.25, ["a"])])
def test_a_text_that_shares_no_word_must_be_near(score, kept):
    assert order([hit("a", score)], []) == kept


@pytest.mark.parametrize(("score", "kept"), [(0.09, ["a"]), (0.1, ["a", "b"])])
def test_where_there_is_a_hit_what_is_less_near_may_follow(score, kept):
    assert order([hit("a", 0.5), hit("b", score)], []) == kept


def test_a_cosine_of_nothing_is_no_hit():
    assert order([hit("a", 0.0), hit("b", -0.5)], []) == []
    assert order([], []) == []


def test_noise_of_an_engine_does_not_change_the_order():
    assert order([], [hit("b", 1.00001), hit("a", 1.0)]) == order([], [hit("a", 1.00001), hit("b", 1.0)]) == ["a", "b"]


def test_recency_decides_between_equals_and_no_more():
    assert order([], [hit("a", 1.0, age=14), hit("b", 1.0)]) == ["b", "a"]
    assert order([], [hit("a", 1.1, age=3000), hit("b", 1.0)]) == ["a", "b"]


def test_importance_lifts_what_is_about_as_relevant():
    assert order([], [hit("a", 1.0), hit("b", 0.9, importance=1.0)]) == ["a", "b"]
    assert order([], [hit("a", 1.0), hit("b", 0.95, importance=1.0)]) == ["b", "a"]


def test_half_a_life_later_recency_is_a_half():
    [entry] = ranked([], [hit("a", 1.0, age=14)])
    assert entry.why.recency == 0.5
    assert entry.why.text == "bm25 1.00, 14 days old"


@pytest.mark.parametrize(
    ("clock", "recency"),
    [
        (Clock(NOW, "turn", thread="t", turn=105), 0.5),
        (Clock(NOW, "turn", thread="elsewhere", turn=105), 1.0),
        (Clock(NOW, "turn"), 1.0),
        (Clock(NOW, "story", story_time=35.0), 0.5),
        (Clock(NOW, "story", story_time=-1e9), 1.0),
        (Clock(NOW, "story"), 1.0),
    ],
)
def test_recency_runs_on_the_clock_that_counts_or_else_on_the_wall(clock, recency):
    [entry] = ranked([], [hit("a", 1.0, turn=5, story_time=5.0)], clock=clock)
    assert entry.why.recency == recency


def test_what_was_before_all_of_the_story_is_not_recent():
    [entry] = ranked([], [hit("a", 1.0)], clock=Clock(NOW, "story", story_time=0.0))
    assert entry.why.recency == 0.0


def test_an_echo_is_shown_once_and_newest():
    assert order([], [hit("a", 2.0, age=5, echo="same"), hit("b", 1.0, echo="same"), hit("c", 0.5)]) == ["b", "c"]


def test_a_memory_of_the_future_is_no_newer_than_now():
    [entry] = ranked([], [hit("a", 1.0, age=-5)])
    assert entry.why.recency == 1.0
    assert "today" in entry.why.text


def test_which_of_the_equals_an_engine_cut_off_does_not_matter():
    best, limit = hit("best", 2.0), candidate_limit(8)
    lists = [order([], [best, *(hit(f"{engine}{n}", 1.0) for n in range(limit - 1))]) for engine in "ab"]
    assert lists == [["best"], ["best"]]


def said(turn, score, *, session="s", **fields):
    return hit(f"{session}{turn}", score, session=session, turn=turn, **fields)


def test_what_stands_beside_a_hit_comes_along_and_the_rest_of_the_session_does_not():
    near = [said(turn, 0.05) for turn in range(10)]
    assert set(order(near, [said(5, 3.0)])) == {f"s{turn}" for turn in range(3, 8)}
    assert set(order([said(4, 0.05, thread="other"), said(6, 0.05, session="later")], [said(5, 3.0)])) == {"s5"}
    assert set(order([said(4, 0.05)._replace(payload=hit("s4", 0).payload)], [said(5, 3.0)])) == {"s5"}


def test_the_reply_to_a_question_that_matches_stands_above_what_was_said_before_it():
    hits = [said(turn, 1.0, asks=int(turn == 1)) for turn in range(3)]
    found = order([hits[0]._replace(score=0.2), hits[2]._replace(score=0.2)], [hits[1]])
    assert found.index("s2") < found.index("s0")


def test_the_nearest_of_strangers_is_no_friend():
    [first, second] = ranked([hit("a", 0.05)], [hit("b", 1.0), hit("a", 0.5)])
    assert (first.id, second.id) == ("b", "a")


def test_the_words_of_a_user_and_the_reply_in_the_same_turn_are_neighbours():
    words, reply = hit("u", 1.0, session="s", turn=3, age=1), hit("r", 0.05, session="s", turn=3)
    [first, second] = ranked([reply], [words])
    assert (first.id, second.id) == ("u", "r")
    assert "beside what matches" in second.why.text


def test_a_day_stands_for_a_session_where_none_is_named():
    same, other = hit("b", 1.0, session=None), hit("c", 1.0, session=None, age=2)
    assert order([], [hit("a", 9.0, session=None), same, other]) == ["a", "b", "c"]


def test_who_is_named_in_the_question_is_put_first():
    hits = [hit("a", 1.0, speaker="Anna"), hit("b", 1.0, speaker="Ben Miller")]
    assert order([], hits, query="What did Miller say of tea?") == ["b", "a"]
    assert "said by Ben Miller" in ranked([], hits, query="What did Ben Miller say?")[0].why.text
    assert order([], hits, query="What did Anna tell Ben Miller of tea?") == ["a", "b"]


def test_what_was_said_on_the_date_that_is_named_is_put_first():
    hits = [hit("a", 1.0), hit("b", 1.0, age=20), hit("c", 1.0, age=25)]
    assert order([], hits, query="What did we drink on 11 January?") == ["b", "c", "a"]
    assert "on the date asked for" in ranked([], hits, query="What did we drink on 2026-01-11?")[0].why.text


def test_a_friend_called_june_is_no_date():
    hits = [hit("a", 1.0, speaker="June"), hit("b", 1.0, speaker="Ben", age=230)]
    assert order([], hits, query="What does June drink?") == ["a", "b"]


def test_long_memories_are_put_before_short_ones_of_the_same_relevance_and_questions_behind():
    assert order([], [hit("a", 1.0, length=20), hit("b", 1.0, length=200)]) == ["b", "a"]
    assert order([], [hit("a", 1.0, asks=1), hit("b", 1.0)]) == ["b", "a"]
    assert order([], [hit("a", 1.0, length=400), hit("b", 1.0, length=10**6)]) == ["a", "b"]


def test_the_order_in_which_a_home_answers_does_not_matter():
    hits = [said(turn, round(math.sin(turn) ** 2, 2), speaker="Anna" if turn % 2 else "Ben") for turn in range(60)]
    one = order(hits, hits[:30], query="Ben and tea", k=20)
    assert order(hits[::-1], hits[29::-1], query="Ben and tea", k=20) == one
    assert len(one) == 20
