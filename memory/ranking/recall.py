"""Recall: ask the home for candidates, rank them, and read the few that are shown."""

import math
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Hits, Home
from langgraph_roleplay.memory.points import to_memory
from langgraph_roleplay.memory.ranking.candidates import Candidates, gather
from langgraph_roleplay.memory.ranking.clock import Clock
from langgraph_roleplay.memory.ranking.cues import bare_query
from langgraph_roleplay.memory.ranking.diversity import Said, give_way
from langgraph_roleplay.memory.ranking.fields import RankingFields
from langgraph_roleplay.memory.ranking.rank import candidate_limit, rank
from langgraph_roleplay.memory.ranking.weights import Weights
from langgraph_roleplay.memory.records import Memory, RecalledMemory, Scope
from langgraph_roleplay.memory.selecting import pages
from langgraph_roleplay.memory.vectors import Vectorizer

__all__ = ["Recall", "count", "read"]

_SPARE = 1.5
"""Times as many as are wanted are read: some give way to what supersedes or repeats them."""


class Recall:
    """Recalls from one home, and learns from what it finds who speaks there."""

    def __init__(self, home: Home, *, vectorizer: Vectorizer, weights: Weights) -> None:
        self._home = home
        self._vectorizer = vectorizer
        self._weights = weights
        self._fields = RankingFields(home)
        self._speakers: dict[tuple[str, str], frozenset[str]] = {}

    async def recall(self, query: str, *, scope: Scope, k: int, exclude: Collection[str]) -> list[RecalledMemory]:
        """The best `k` memories for a query, best first."""
        candidates = await self._candidates(query, scope=scope, k=k, exclude=exclude)
        reach, clock = _spared(k), _clock(scope)
        while True:
            ranked = rank(candidates, query=query, k=reach, clock=clock, weights=self._weights)
            found, replaced = await _find(self._home, [entry.id for entry in ranked], scope=scope)
            said = {
                known: Said(payload["text"], payload["speaker"])
                for known, payload in found.items()
                if scope.superseded or known not in replaced
            }
            if len(said) >= k or len(ranked) < reach:
                break
            reach *= 4  # what was replaced has taken the best places
        return [
            RecalledMemory(
                memory=to_memory(entry.id, found[entry.id], superseded_by=replaced.get(entry.id)),
                score=entry.score,
                why=entry.why,
            )
            for entry in give_way(ranked, said, k=k, weights=self._weights)
        ]

    async def with_turns(self, hits: Sequence[RecalledMemory], *, scope: Scope, turns: int) -> list[RecalledMemory]:
        """The hits with the turns around them; two that are neighbours come with each other."""
        places = {(hit.memory.thread, hit.memory.turn) for hit in hits if hit.memory.turn is not None}
        if not places:
            return list(hits)
        where = filters.around(scope, places, turns=turns)
        found = [to_memory(hit.id, hit.payload) async for page in pages(self._home, where) for hit in page]
        told = sorted(found, key=lambda memory: (memory.turn, memory.at, memory.id))
        return [
            hit.model_copy(update={"around": tuple(one for one in told if _is_near(one, hit.memory, turns))})
            for hit in hits
        ]

    def forget(self) -> None:
        """Know no more of any memory, because some were edited or deleted."""
        self._fields.forget()
        self._speakers.clear()

    async def _candidates(self, query: str, *, scope: Scope, k: int, exclude: Collection[str]) -> Candidates:
        """Candidates by meaning and by words, as a rule for the query without the names of those who speak."""
        if not self._weights.without_names:
            return await self._ask(query, scope=scope, k=k, exclude=exclude)
        whose = (scope.user, scope.character)
        bare = bare_query(query, self._speakers.get(whose, frozenset()))
        candidates = await self._ask(bare, scope=scope, k=k, exclude=exclude)
        speakers = self._speakers[whose] = self._speakers.get(whose, frozenset()).union(candidates.speakers.values())
        if (barer := bare_query(query, speakers)) != bare:
            return await self._ask(barer, scope=scope, k=k, exclude=exclude)
        return candidates

    async def _ask(self, query: str, *, scope: Scope, k: int, exclude: Collection[str]) -> Candidates:
        """Candidates by meaning and by words; an arm that the query has no vector for has none."""
        named = (await self._vectorizer.query(query)).named()
        where, population = filters.visible(scope, exclude=exclude), filters.corpus(scope)
        limit = candidate_limit(_spared(k), weights=self._weights)
        requests = {
            name: models.QueryRequest(
                query=vector,
                using=name,
                filter=where,
                limit=limit,
                params=models.SearchParams(idf=models.IdfCorpusParams(corpus=population)) if name == "bm25" else None,
            )
            for name, vector in named.items()
        }
        lists = await self._home.query(list(requests.values())) if requests else []
        found = dict(zip(requests, lists, strict=True))
        dense, bm25 = (found.get(name, Hits((), ())) for name in ("dense", "bm25"))
        table = await self._fields.learn({*dense.ids, *bm25.ids}, scope=scope)
        return gather(dense, bm25, table, limit=limit)


def _spared(k: int) -> int:
    return math.ceil(_SPARE * k)


def _is_near(one: Memory, other: Memory, turns: int) -> bool:
    if one.id == other.id or one.thread != other.thread or one.turn is None or other.turn is None:
        return False
    return abs(one.turn - other.turn) <= turns


def _clock(scope: Scope) -> Clock:
    return Clock(
        wall=datetime.now(UTC),
        counts=scope.clock,
        thread=scope.thread,
        turn=scope.turn,
        story_time=scope.story_time,
    )


async def _successors(home: Home, ids: Sequence[str], *, scope: Scope) -> dict[str, str]:
    """The visible successor of each superseded id: a successor on another branch supersedes nothing on this one."""
    found = [hit async for hits in pages(home, filters.successors(scope, ids)) for hit in hits]
    return {old: hit.id for hit in found for old in hit.payload["supersedes"] if old in ids}


async def _find(home: Home, ids: Sequence[str], *, scope: Scope) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """By id the payloads that the scope may see, and the successors of those that have one."""
    if not ids:
        return {}, {}
    page = await home.scroll(filters.visible(scope, ids=ids), limit=len(ids))
    flagged = [hit.id for hit in page.hits if hit.payload["outdated"]]
    replaced = await _successors(home, flagged, scope=scope) if flagged else {}
    return {hit.id: hit.payload for hit in page.hits}, replaced


async def read(home: Home, ids: Sequence[str], *, scope: Scope) -> list[Memory]:
    """The memories with these ids that the scope may see, in the given order; others are left out."""
    found, replaced = await _find(home, ids, scope=scope)
    return [to_memory(known, found[known], superseded_by=replaced.get(known)) for known in ids if known in found]


async def count(home: Home, *, scope: Scope) -> int:
    """How many memories the scope may see."""
    seen = filters.visible(scope)
    if scope.superseded:
        return await home.count(seen)
    flagged = [hit.id async for hits in pages(home, filters.outdated(scope)) for hit in hits]
    replaced = await _successors(home, flagged, scope=scope) if flagged else {}
    return await home.count(seen) - len(replaced)
