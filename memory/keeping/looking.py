"""What a user's own rights look at beside the memories themselves: who has any, and what hangs together."""

from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Home
from langgraph_roleplay.memory.points import to_memory
from langgraph_roleplay.memory.records import Memory, Selection
from langgraph_roleplay.memory.selecting import holding, pages

__all__ = ["Found", "browse_found", "characters_of", "move_keys", "replacing", "resting_on"]


class Found(NamedTuple):
    """A memory, and why it is not recalled where any of the rest is so."""

    memory: Memory
    hidden: bool
    """Its message was taken back, or one that it rests on."""
    abandoned: bool
    """It is of a branch that its conversation left."""
    replaced: bool
    """A living memory supersedes it."""


async def browse_found(home: Home, selection: Selection) -> AsyncIterator[Found]:
    """Everything that a user's selection names, by id."""
    user = Selection(user=selection.user)
    async for hits in pages(home, filters.selected(selection)):
        held = {hit.id for hit in await holding(home, user, hits)}
        for hit in hits:
            hidden, abandoned = bool(hit.payload["retracted"]), bool(hit.payload["abandoned"])
            yield Found(to_memory(hit.id, hit.payload), hidden, abandoned, hit.id not in held)


async def characters_of(home: Home, user: str) -> list[str]:
    """The characters that remember anything of a user: one small query each, however many memories there are."""
    found: list[str] = []
    while True:
        known = models.FieldCondition(key="character", match=models.MatchAny(any=found))
        others = models.Filter(must=[filters.selected(Selection(user=user))], must_not=[known] if found else None)
        page = await home.scroll(others, limit=1)
        if not page.hits:
            return sorted(found)
        found.append(page.hits[0].payload["character"])


async def resting_on(home: Home, memory: Memory) -> list[Memory]:
    """Memories that name this one as evidence."""
    return await _read(home, filters.resting_on(memory.user, [memory.id]))


async def replacing(home: Home, memory: Memory) -> list[Memory]:
    """Memories that supersede this one."""
    named = models.FieldCondition(key="supersedes", match=models.MatchAny(any=[memory.id]))
    return await _read(home, models.Filter(must=[filters.selected(Selection(user=memory.user)), named]))


async def move_keys(home: Home, *, user: str, thread: str, moves: Mapping[str, str]) -> None:
    """Give memories of a conversation other places on it: a message before them was taken out for good.

    Args:
        home: where they are.
        user: whose they are.
        thread: the conversation.
        moves: the new key for each old one.
    """
    where = filters.selected(Selection(user=user, thread=thread))
    for old, new in moves.items():
        key = models.FieldCondition(key="key", match=models.MatchValue(value=old))
        await home.mark(models.Filter(must=[where, key]), {"key": new})


async def _read(home: Home, where: models.Filter) -> list[Memory]:
    return [to_memory(hit.id, hit.payload) async for hits in pages(home, where) for hit in hits]
