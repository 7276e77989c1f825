"""Ranking: candidates of two arms become one list, the same on every home.

Homes agree on scores to 1e-5 and break ties differently, so scores are rounded before they are compared, and ties go
by id. A score is a sum of named parts (see `Weights`): a memory's own relevance by words and by meaning, what stands
around it, what the query says of who and when, and a little for recency and importance.
"""

from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import numpy as np

from langgraph_roleplay.memory.ranking.candidates import Candidates, Column, Mask
from langgraph_roleplay.memory.ranking.clock import Clock
from langgraph_roleplay.memory.ranking.cues import bare_query, named
from langgraph_roleplay.memory.ranking.dates import closeness, spans_in
from langgraph_roleplay.memory.ranking.explaining import explain
from langgraph_roleplay.memory.ranking.neighbours import Pair, around, beside, best_of_session, pairs
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS, Weights
from langgraph_roleplay.memory.records import Why

__all__ = ["Ranked", "candidate_limit", "rank"]

_EPOCH = date(1970, 1, 1)


class Ranked(NamedTuple):
    """The id of a memory with its place in the list explained."""

    id: str
    score: float
    why: Why


def candidate_limit(k: int, *, weights: Weights = DEFAULT_WEIGHTS) -> int:
    """How many candidates each arm is asked for, for `k` results."""
    return max(4 * k, weights.candidates)


def rank(
    candidates: Candidates,
    *,
    query: str,
    k: int,
    clock: Clock,
    weights: Weights = DEFAULT_WEIGHTS,
) -> list[Ranked]:
    """The best `k`.

    Args:
        candidates: of both arms.
        query: as it was asked, with names and dates.
        k: how many at most.
        clock: that says how recent a memory is.
        weights: of the parts of a score.
    """
    if not candidates.ids:
        return []
    found = pairs(candidates)
    freshness = clock.freshness(candidates, weights=weights)
    parts = {
        **_relevance(candidates, found, weights),
        **_cues(candidates, query, clock, weights),
        "recency": weights.recency * freshness,
        "importance": weights.importance * candidates.importance,
    }
    total = np.round(np.sum(list(parts.values()), axis=0), 4)
    admitted = _admitted(candidates, found, weights)
    # Rows are in the order of ids, and the sort is stable.
    order = np.argsort(-total, kind="stable")
    best = order[admitted[order]][:k].tolist()
    return [
        Ranked(
            str(UUID(bytes=candidates.ids[row])),
            float(total[row]),
            explain(candidates, row, parts, freshness, clock),
        )
        for row in best
    ]


def _admitted(candidates: Candidates, found: list[Pair], weights: Weights) -> Mask:
    """Rows that are no noise: none at all, if none shares a word with the query or is near it in meaning."""
    hit = ~np.isnan(candidates.bm25) | (candidates.dense >= weights.floor)
    return beside(hit, found) | ((candidates.dense >= weights.company) & hit.any())


def _relevance(candidates: Candidates, found: list[Pair], weights: Weights) -> dict[str, Column]:
    """By words and by meaning: each row's own, and that of what stands around it."""
    near = _share(candidates.dense, least=weights.floor)  # the nearest of strangers is no friend
    relevance = weights.words * _share(candidates.bm25) + weights.meaning * near
    length = np.clip(np.log(np.maximum(candidates.length, 1) / 100), -2, 1.1)
    return {
        "own": weights.own * relevance,
        "session": weights.session * best_of_session(relevance, candidates.room),
        "neighbours": around(relevance, candidates.asks, found, weights=weights),
        "form": weights.asks * candidates.asks + weights.length * length,
    }


def _share(scores: Column, *, least: float = 0.0) -> Column:
    """Scores as shares of the best, or of `least` if that is more; 0 where there is none."""
    known = np.nan_to_num(scores)
    best = max(known.max(initial=0.0), least)
    return np.asarray(known / best) if best else known


def _cues(candidates: Candidates, query: str, clock: Clock, weights: Weights) -> dict[str, Column]:
    """What the query says of who and when; no column where it says nothing."""
    columns = dict[str, Column]()
    if meant := named(query, set(candidates.speakers.values())):
        said = [number for number, name in candidates.speakers.items() if name in meant]
        columns["speaker"] = weights.speaker * np.isin(candidates.speaker, said).astype(np.float64)
    numbers, place = np.unique(candidates.at // 86_400, return_inverse=True)
    days = [_EPOCH + timedelta(days=number) for number in numbers]
    # Without the names: June may be a friend.
    if spans := spans_in(bare_query(query, meant), now=clock.wall.date(), years={day.year for day in days}):
        columns["date"] = weights.date * np.array([closeness(day, spans) for day in days])[place]
    return columns
