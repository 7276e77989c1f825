"""The fields that ranking needs of candidates, kept here: an engine gives them ten times as slowly as it searches."""

from collections.abc import Sequence
from typing import Any

from qdrant_client import models

from langgraph_roleplay.memory.home import Hit, Home
from langgraph_roleplay.memory.points import CANDIDATE_FIELDS

__all__ = ["RankingFields"]

_KEPT = 50_000  # memories; some 20 MB


class RankingFields:
    """Fields by id, the first learnt forgotten first. They change by an edit alone: `drop` what was edited here."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._known: dict[str, dict[str, Any]] = {}

    async def fill(self, lists: Sequence[Sequence[Hit]]) -> list[list[Hit]]:
        """The same hits with their ranking fields; without those that were forgotten meanwhile."""
        await self._learn({hit.id for hits in lists for hit in hits} - self._known.keys())
        known = self._known
        filled = [[Hit(hit.id, hit.score, known[hit.id]) for hit in hits if hit.id in known] for hits in lists]
        self._trim()
        return filled

    def drop(self, point_id: str) -> None:
        """Read this memory's fields anew."""
        self._known.pop(point_id, None)

    def clear(self) -> None:
        """Keep nothing of what a user wants forgotten."""
        self._known.clear()

    async def _learn(self, ids: set[str]) -> None:
        if ids:
            these = models.Filter(must=[models.HasIdCondition(has_id=sorted(ids))])
            page = await self._home.scroll(these, limit=len(ids), fields=CANDIDATE_FIELDS)
            self._known |= {hit.id: hit.payload for hit in page.hits}

    def _trim(self) -> None:
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
