"""What ranking needs of memories, kept here: an engine reads it ten times as slowly as it searches."""

from collections.abc import Collection
from uuid import UUID

from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Home
from langgraph_roleplay.memory.points import CANDIDATE_FIELDS
from langgraph_roleplay.memory.ranking.table import Table
from langgraph_roleplay.memory.records import Scope
from langgraph_roleplay.memory.selecting import pages

__all__ = ["RankingFields"]

_KEPT = 400_000  # memories; some 100 MB
_AHEAD = 2_000  # memories


class RankingFields:
    """Ranking fields of the memories of one home. They change by an edit alone: `forget` them then."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._table = Table()

    async def learn(self, ids: Collection[bytes], *, scope: Scope) -> Table:
        """A table with these memories of a scope, but for those that were deleted meanwhile."""
        if len(self._table) > _KEPT:
            self.forget()
        table = self._table  # what is forgotten while we read must not come back with what we read
        whose = (scope.user, scope.character)
        if table.missing(ids) and whose not in table.begun:
            await self._read_ahead(table, scope)
            table.begun.add(whose)
        if missing := table.missing(ids):
            these = models.Filter(must=[models.HasIdCondition(has_id=[str(UUID(bytes=known)) for known in missing])])
            table.add((await self._home.scroll(these, limit=len(missing), fields=CANDIDATE_FIELDS)).hits)
        return table

    def forget(self) -> None:
        """Know nothing any more."""
        self._table = Table()

    async def _read_ahead(self, table: Table, scope: Scope) -> None:
        """Read all that the character knows, up to a limit: the next recall would miss what this one doesn't find."""
        before = len(table)
        async for hits in pages(self._home, filters.corpus(scope), fields=CANDIDATE_FIELDS):
            table.add(hits)
            if len(table) - before >= _AHEAD:
                return
