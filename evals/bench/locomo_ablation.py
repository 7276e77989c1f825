"""The rows of LoCoMo's ablation: the arms alone on a query as it is, and the bank with more and more of its weights."""

from collections.abc import Sequence
from typing import Any

from qdrant_client import models

from langgraph_roleplay.memory import Scope, filters
from langgraph_roleplay.memory.home import Home
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS, Weights
from langgraph_roleplay.memory.vectors import Vectorizer

__all__ = ["STEPS", "Arms", "fused"]

_STEPS = {
    "dense, without names": ("meaning",),
    "BM25, without names": ("words",),
    "both, shares of the best": ("words", "meaning"),
    "+ neighbours": ("before", "answer", "after", "apart"),
    "+ speaker": ("speaker",),
    "+ date": ("date",),
    "+ session": ("session",),
    "+ question, length": ("asks", "length"),
    "+ diversity: the bank's defaults": ("alike",),
}
_ALONE = 2  # rows of one arm, on which the others don't build
_OFF = {"alike": 2.0}
"""What turns a weight off where 0 doesn't."""
_RRF = 60


def _weights() -> dict[str, Weights]:
    """Weights for each step: those named so far are on, the rest is off."""
    names = {name for step in _STEPS.values() for name in step}
    steps, on = {}, set[str]()
    for place, (title, added) in enumerate(_STEPS.items()):
        on = set(added) if place <= _ALONE else on | set(added)
        off = {name: _OFF.get(name, 0.0) for name in sorted(names - on)}
        steps[title] = DEFAULT_WEIGHTS.model_copy(update=off)
    return steps


STEPS: dict[str, Weights] = _weights()
"""From one arm to the default, by title."""


class Arms:
    """The two arms of a home, asked for a query as it is."""

    def __init__(self, home: Home, *, vectorizer: Vectorizer) -> None:
        self._home = home
        self._vectorizer = vectorizer

    async def search(self, query: str, *, scope: Scope, limit: int) -> dict[str, list[str]]:
        """Ids by meaning (`dense`) and by words (`bm25`), best first; ties go by id."""
        named = (await self._vectorizer.query(query)).named()
        found = await self._home.query([self._request(name, vector, scope, limit) for name, vector in named.items()])
        return {
            name: [known for known, _ in sorted(hits.by_id().items(), key=lambda hit: (-round(hit[1], 4), hit[0]))]
            for name, hits in zip(named, found, strict=True)
        }

    def _request(self, name: str, vector: Any, scope: Scope, limit: int) -> models.QueryRequest:
        idf = models.IdfCorpusParams(corpus=filters.corpus(scope))
        return models.QueryRequest(
            query=vector,
            using=name,
            filter=filters.visible(scope),
            limit=limit,
            params=models.SearchParams(idf=idf) if name == "bm25" else None,
        )


def fused(lists: Sequence[Sequence[str]]) -> list[str]:
    """Plain reciprocal rank fusion."""
    scores: dict[str, float] = {}
    for ids in lists:
        for place, known in enumerate(ids, start=1):
            scores[known] = scores.get(known, 0.0) + 1 / (_RRF + place)
    return sorted(scores, key=lambda known: (-scores[known], known))
