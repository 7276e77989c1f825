import math

from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.evals.result import CaseResult, tally
from langgraph_roleplay.evals.suites import Case

CASE = Case(id="x", turns=("Hello.",), expected="A greeting.")


def results(*scores: float | None) -> list[CaseResult]:
    return [
        CaseResult(case=CASE, outcome=None, scores={"m": {"key": "m", "score": score, "comment": ""}})
        for score in scores
    ]


def test_what_could_not_be_scored_is_counted_beside_the_mean():
    found = tally("m", [*results(1.0, 0.0, None, math.nan), CaseResult(case=CASE, outcome=None)])
    assert (found.scored, found.unscored, found.mean) == (2, 3, 0.5)
    assert found.unscored_rate == 0.6
    assert (found.worst, found.best) == (0.2, 0.8)


def test_a_metric_that_scored_nothing_has_no_mean():
    found = tally("m", results(None, math.nan))
    assert (found.mean, found.unscored_rate, found.worst, found.best) == (None, 1.0, 0.0, 1.0)


@given(st.lists(st.none() | st.floats(0, 1), min_size=1))
def test_the_mean_lies_between_the_worst_and_the_best(scores):
    found = tally("m", results(*scores))
    assert found.scored + found.unscored == len(scores)
    if found.mean is not None:
        assert found.worst - 1e-9 <= found.mean <= found.best + 1e-9
