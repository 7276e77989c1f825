"""Figures of a retrieval: evidence recall, by category, and how well a score tells who can be answered."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from langgraph_roleplay.evals.bench.locomo_data import ADVERSARIAL, Question

__all__ = ["Answer", "auroc", "evidence_recall"]


class Answer(NamedTuple):
    """What was recalled for a question."""

    question: Question
    ids: Sequence[str]
    """Of turns, best first."""
    characters: int = 0
    """In the first ten."""
    seconds: float = 0.0


def evidence_recall(answers: Sequence[Answer], *, k: int, category: int | None = None) -> float:
    """Mean share of a question's evidence among the first `k`, of one category or of all that can be answered."""
    wanted = [
        answer
        for answer in answers
        if answer.question.category == category or (category is None and answer.question.category != ADVERSARIAL)
    ]
    return statistics.fmean(_share(answer, k) for answer in wanted) if wanted else float("nan")


def _share(answer: Answer, k: int) -> float:
    evidence = answer.question.evidence
    return len(evidence & set(answer.ids[:k])) / len(evidence)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """How likely a positive scores higher than a negative; ties count half."""
    wins = sum((one > other) + 0.5 * (one == other) for one in positive for other in negative)
    return wins / (len(positive) * len(negative))
