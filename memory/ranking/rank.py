"""Ranking: candidates of two arms become one list, the same on every home.

Homes agree on scores to 1e-5 and break ties differently, so scores are rounded before they are compared, and ties go
by id. A score is a sum of named parts (see `Weights`): a memory's own relevance by words and by meaning, what stands
around it, what the query says of who and when, and a little for recency and importance.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from langgraph_roleplay.memory.home import Hit
from langgraph_roleplay.memory.ranking.candidates import Candidates, Column, Mask, gather
from langgraph_roleplay.memory.ranking.clock import Clock
from langgraph_roleplay.memory.ranking.cues import bare_query, named
from langgraph_roleplay.memory.ranking.dates import closeness, spans_in
from langgraph_roleplay.memory.ranking.explaining import explain
from langgraph_roleplay.memory.ranking.neighbours import Pair, around, beside, best_of_session, pairs
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS, Weights
from langgraph_roleplay.memory.records import Why

__all__ = ["Ranked", "candidate_limit", "rank"]


class Ranked(NamedTuple):
    """The id of a memory with its place in the list explained."""

    id: str
    score: float
    why: Why


def candidate_limit(k: int, *, weights: Weights = DEFAULT_WEIGHTS) -> int:
    """How many candidates each arm is asked for, for `k` results."""
    return max(4 * k, weights.candidates)


def rank(
    dense: Sequence[Hit],
    bm25: Sequence[Hit],
    *,
    query: str,
    k: int,
    clock: Clock,
    weights: Weights = DEFAULT_WEIGHTS,
) -> list[Ranked]:
    """The best `k` of the candidates of both arms.

    Args:
        dense: hits by meaning, `candidate_limit(k)` at most, with the payload `CANDIDATE_FIELDS`.
        bm25: hits by words, likewise.
        query: as it was asked, with names and dates.
        k: how many at most.
        clock: that says how recent a memory is.
        weights: of the parts of a score.
    """
    candidates = gather(dense, bm25, limit=candidate_limit(k, weights=weights))
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
    best = [int(row) for row in np.argsort(-total, kind="stable") if admitted[row]][:k]
    return [
        Ranked(candidates.ids[row], float(total[row]), explain(candidates, row, parts, freshness, clock))
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
    columns = {}
    speakers, days = set(candidates.speakers), set(candidates.days)
    if meant := named(query, speakers):
        said = {speaker: float(speaker in meant) for speaker in speakers}
        columns["speaker"] = weights.speaker * np.array([said[speaker] for speaker in candidates.speakers])
    # Without the names: June may be a friend.
    if spans := spans_in(bare_query(query, meant), now=clock.wall.date(), years={int(day[:4]) for day in days}):
        near = {day: closeness(date.fromisoformat(day), spans) for day in days}
        columns["date"] = weights.date * np.array([near[day] for day in candidates.days])
    return columns
