"""Selections of a user's memories: page through them, and find what rests on them."""

from collections.abc import AsyncIterator, Sequence

from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Hit, Home
from langgraph_roleplay.memory.records import Selection

__all__ = ["pages", "with_what_rests_on"]

_PAGE = 500


async def pages(
    home: Home, where: models.Filter, *, vectors: bool = False, fields: Sequence[str] | None = None
) -> AsyncIterator[list[Hit]]:
    """All points that match, page by page, by rising id; `fields` of their payload, or all."""
    start: str | None = None
    while True:
        page = await home.scroll(where, limit=_PAGE, start=start, vectors=vectors, fields=fields)
        if page.hits:
            yield page.hits
        if page.after is None:
            return
        start = page.after


async def with_what_rests_on(home: Home, selection: Selection) -> list[str]:
    """Ids of the selected memories and, through any number of steps, of what names them as evidence."""
    found: dict[str, None] = {}
    where = filters.selected(selection)
    while True:
        fresh = [hit.id async for hits in pages(home, where) for hit in hits if hit.id not in found]
        if not fresh:
            return list(found)
        found |= dict.fromkeys(fresh)
        where = filters.resting_on(selection.user, fresh)
