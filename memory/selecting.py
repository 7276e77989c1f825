"""Selections of a user's memories: page through them, and find what hangs together with them."""

from collections.abc import AsyncIterator, Sequence

from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Hit, Home
from langgraph_roleplay.memory.records import Selection

__all__ = ["holding", "pages", "replaced_by", "resting_on_retracted", "with_what_rests_on"]

_PAGE = 500
_ID = ["user"]  # of the payload something must be asked for


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
        fresh = [hit.id async for hits in pages(home, where, fields=_ID) for hit in hits if hit.id not in found]
        if not fresh:
            return list(found)
        found |= dict.fromkeys(fresh)
        where = filters.resting_on(selection.user, fresh)


async def resting_on_retracted(home: Home, user: str, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that rest, through any number of steps, on a memory beyond them that is taken back."""
    cited = {known for hit in await _named(home, user, ids, "evidence") for known in hit.payload["evidence"]}
    beyond = sorted(cited.difference(ids))
    where = filters.retracted(user, beyond)
    gone = [hit.id async for hits in pages(home, where, fields=_ID) for hit in hits] if beyond else []
    return set(await with_what_rests_on(home, Selection(user=user, ids=tuple(gone)))) if gone else set()


async def replaced_by(home: Home, user: str, memory_id: str) -> set[str]:
    """Ids of what a memory supersedes, through any number of steps."""
    found, fresh = set[str](), {memory_id}
    while fresh:
        hits = await _named(home, user, sorted(fresh), "supersedes")
        fresh = {old for hit in hits for old in hit.payload["supersedes"]} - found
        found |= fresh
    return found


async def holding(home: Home, selection: Selection, hits: Sequence[Hit]) -> list[Hit]:
    """Those of a selection's living memories that no living one of the same user and character supersedes.

    The mark on them says only that something does, somewhere: it may have been left with its branch, or forgotten.
    """
    flagged = [hit.id for hit in hits if hit.payload["outdated"]]
    where = filters.replacing(Selection(user=selection.user, character=selection.character), flagged)
    found = [hit async for page in pages(home, where, fields=["supersedes"]) for hit in page] if flagged else []
    replaced = {old for hit in found for old in hit.payload["supersedes"]}
    return [hit for hit in hits if hit.id not in replaced]


async def _named(home: Home, user: str, ids: Sequence[str], field: str) -> list[Hit]:
    where = filters.among(user, ids)
    return [hit async for hits in pages(home, where, fields=[field]) for hit in hits]
