"""Ranking: candidates of two arms become one list, the same on every home.

Homes agree on scores to 1e-5 and break ties differently, so ranks are taken on rounded scores here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from langgraph_roleplay.memory.home import Hit
from langgraph_roleplay.memory.records import Why

__all__ = ["Ranked", "candidate_limit", "rank"]

_RANK_CONSTANT = 60
_WEIGHTS = {"dense": 0.4, "bm25": 0.6}
_RECENCY_WEIGHT = 0.005  # less than one rank at the top of either arm: it settles near-ties and no more
_HALF_LIFE = timedelta(days=14)
_DENSE_FLOOR = 0.25  # cosine below which a text that shares no word with the query is noise


class Ranked(NamedTuple):
    """The id of a memory with its place in the list explained."""

    id: str
    score: float
    why: Why


class _Candidate(NamedTuple):
    hit: Hit
    dense: float | None
    bm25: float | None
    relevance: float
    """Weighted reciprocal ranks, scaled so that first place in both arms is 1."""

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.hit.payload["at"])


def candidate_limit(k: int) -> int:
    """How many candidates each arm is asked for, for `k` results."""
    return max(4 * k, 60)


def rank(dense: Sequence[Hit], bm25: Sequence[Hit], *, k: int, now: datetime) -> list[Ranked]:
    """The best `k` of the candidates of both arms; ties go by id. `now` is aware."""
    limit = candidate_limit(k)
    near = [hit for hit in _cut(dense, limit) if round(hit.score, 4) > 0]
    relevant = [found for found in _fuse(near, _cut(bm25, limit)) if _is_relevant(found)]
    scored = [(_score(candidate, now), candidate) for candidate in _newest_of_each(relevant)]
    best = sorted(scored, key=lambda entry: (-entry[0], entry[1].hit.id))[:k]
    return [_explain(score, candidate, now) for score, candidate in best]


def _cut(hits: Sequence[Hit], limit: int) -> Sequence[Hit]:
    """Drop what ties with the last of a full list: which of the equals made it in is the engine's whim."""
    if len(hits) < limit:
        return hits
    last = min(round(hit.score, 4) for hit in hits)
    return [hit for hit in hits if round(hit.score, 4) > last] or hits


def _fuse(dense: Sequence[Hit], bm25: Sequence[Hit]) -> list[_Candidate]:
    arms = {"dense": _scores(dense), "bm25": _scores(bm25)}
    ranks = {name: _ranks(scores) for name, scores in arms.items()}
    return [
        _Candidate(
            hit=hit,
            dense=arms["dense"].get(point_id),
            bm25=arms["bm25"].get(point_id),
            relevance=sum(
                _WEIGHTS[name] * (_RANK_CONSTANT + 1) / (_RANK_CONSTANT + places[point_id])
                for name, places in ranks.items()
                if point_id in places
            ),
        )
        for point_id, hit in {hit.id: hit for hit in (*dense, *bm25)}.items()
    ]


def _scores(hits: Sequence[Hit]) -> dict[str, float]:
    return {hit.id: round(hit.score, 4) for hit in hits}


def _ranks(scores: dict[str, float]) -> dict[str, int]:
    """Places from 1; equal scores share one, so that chance does not decide before recency can."""
    places = {score: place for place, score in enumerate(sorted(set(scores.values()), reverse=True), start=1)}
    return {point_id: places[score] for point_id, score in scores.items()}


def _is_relevant(candidate: _Candidate) -> bool:
    return candidate.bm25 is not None or (candidate.dense or 0.0) >= _DENSE_FLOOR


def _newest_of_each(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """What the same speaker said in the same words is shown once."""
    newest: dict[str, _Candidate] = {}
    for candidate in sorted(candidates, key=lambda found: (found.at, found.hit.id)):
        newest[candidate.hit.payload["echo"]] = candidate
    return list(newest.values())


def _score(candidate: _Candidate, now: datetime) -> float:
    return round(candidate.relevance + _RECENCY_WEIGHT * _recency(candidate, now), 6)


def _recency(candidate: _Candidate, now: datetime) -> float:
    return float(0.5 ** (_age(candidate, now) / _HALF_LIFE))


def _age(candidate: _Candidate, now: datetime) -> timedelta:
    return max(now - candidate.at, timedelta())


def _explain(score: float, candidate: _Candidate, now: datetime) -> Ranked:
    age = _age(candidate, now)
    parts = [f"{name} {value:.2f}" for name in _WEIGHTS if (value := getattr(candidate, name)) is not None]
    text = ", ".join([*parts, f"{age.days} days old" if age.days else "today"])
    why = Why(dense=candidate.dense, bm25=candidate.bm25, recency=round(_recency(candidate, now), 4), text=text)
    return Ranked(candidate.hit.id, score, why)
