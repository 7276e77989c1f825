"""What a run of a suite came to, and its numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from langgraph_roleplay.evals.outcome import Outcome, Score
from langgraph_roleplay.evals.suites import Case

__all__ = ["CaseResult", "SuiteResult", "Tally", "describe_broken_off", "tally"]


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """One case: what was said, and its scores by key."""

    case: Case
    outcome: Outcome | None
    """None when nothing is known of the conversation."""
    error: str = ""
    """Why the conversation broke off; it is not scored then. Empty for one that was held to its end."""
    scores: dict[str, Score] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SuiteResult:
    """One run."""

    suite: str
    model: str
    judge: str
    """Who judged; empty when nobody did."""
    begun: str
    """Local time, ISO 8601."""
    metrics: tuple[str, ...]
    """Keys of the metrics, in the order they are shown."""
    cases: tuple[CaseResult, ...]
    notes: tuple[str, ...] = ()
    """What the reader must know, such as a metric that could not be had."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """One metric over a run. What could not be scored is counted beside the mean, never left out unseen."""

    key: str
    scored: int
    unscored: int
    mean: float | None
    """Of what was scored."""
    worst: float
    """The mean if all that could not be scored were 0."""
    best: float
    """The mean if all that could not be scored were 1."""

    @property
    def unscored_rate(self) -> float:
        """Share of the cases that could not be scored."""
        return self.unscored / max(1, self.scored + self.unscored)


def describe_broken_off(cases: Sequence[CaseResult]) -> str:
    """One line on how many of `cases` broke off, and the first reason; empty when none did."""
    broken = [case for case in cases if case.error]
    if not broken:
        return ""
    reason = " ".join(broken[0].error.split())[:120]
    return f"{len(broken)} of {len(cases)} cases broke off and are not scored. {broken[0].case.id}: {reason}"


def tally(key: str, cases: Sequence[CaseResult]) -> Tally:
    """Count and average the scores of `key`; a case without one, or with NaN, is unscored."""
    found = [case.scores[key]["score"] if key in case.scores else None for case in cases]
    scores = [score for score in found if score is not None and not math.isnan(score)]
    unscored, total = len(found) - len(scores), sum(scores)
    return Tally(
        key=key,
        scored=len(scores),
        unscored=unscored,
        mean=total / len(scores) if scores else None,
        worst=total / max(1, len(found)),
        best=(total + unscored) / max(1, len(found)),
    )
