"""A file of memories into a home: all of it is checked first, and what is there already stays as it is."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Home
from langgraph_roleplay.memory.moving.all_users import these
from langgraph_roleplay.memory.moving.lines import Header, Kept
from langgraph_roleplay.memory.moving.one_moment import Progress
from langgraph_roleplay.memory.moving.reading import opened
from langgraph_roleplay.memory.points import to_point
from langgraph_roleplay.memory.records import Memory
from langgraph_roleplay.memory.selecting import pages
from langgraph_roleplay.memory.vectors import TextVectors

__all__ = ["Checked", "check_file", "insert_file", "known_ids"]


@dataclass(frozen=True)
class Checked:
    """A file that was read to its end and is in order."""

    path: Path
    header: Header
    memories: int
    replaced: set[tuple[str, str]] = field(repr=False)
    """User and id of what memories of the file supersede."""


async def check_file(path: Path, kind: Literal["memories", "backup"]) -> Checked:
    """Read all of a file.

    Raises:
        FileError: names the file, and the line and field that are wrong.
    """
    memories, replaced = 0, set[tuple[str, str]]()
    async with opened(path, kind) as file:
        while batch := await asyncio.to_thread(file.batch):
            memories += len(batch)
            replaced.update((kept.memory.user, old) for kept in batch for old in kept.memory.supersedes)
    return Checked(path, file.header, memories, replaced)


async def insert_file(
    home: Home,
    checked: Checked,
    *,
    vectors_of: Callable[[Sequence[Kept]], Awaitable[list[TextVectors]]],
    wanted: Callable[[Memory], bool],
    progress: Progress | None,
) -> int:
    """Write what the home doesn't have yet; returns how many memories that were. It may be broken off and repeated.

    Args:
        home: where to.
        checked: the file.
        vectors_of: the vectors of a batch.
        wanted: which memories are meant.
        progress: told after each batch.

    Raises:
        FileError: the file was changed since it was checked.
    """
    done = inserted = 0
    async with opened(checked.path, checked.header.roleplay) as file:
        while batch := await asyncio.to_thread(file.batch):
            known = await known_ids(home, [kept.memory.id for kept in batch])
            new = [kept for kept in batch if kept.memory.id not in known and wanted(kept.memory)]
            await _insert(home, new, await vectors_of(new) if new else [], replaced=checked.replaced)
            done, inserted = done + len(batch), inserted + len(new)
            if progress is not None:
                progress(done, checked.memories)
    return inserted


async def _insert(
    home: Home, new: Sequence[Kept], vectors: Sequence[TextVectors], *, replaced: set[tuple[str, str]]
) -> None:
    """Write new memories, so that what replaces what is told as `MemoryBank.remember` would have."""
    if not new:
        return
    outdated = replaced | await _replaced_in(home, new)
    for kept in new:
        if kept.memory.supersedes:
            await home.mark(filters.among(kept.memory.user, kept.memory.supersedes), {"outdated": 1})
    points = [
        to_point(kept.memory, vector, flags=_flags(kept, (kept.memory.user, kept.memory.id) in outdated))
        for kept, vector in zip(new, vectors, strict=True)
    ]
    await home.upsert(points)


async def _replaced_in(home: Home, new: Sequence[Kept]) -> set[tuple[str, str]]:
    """Which of these memories are superseded by one that the home has."""
    ids = {kept.memory.id for kept in new}
    where = models.Filter(must=[models.FieldCondition(key="supersedes", match=models.MatchAny(any=sorted(ids)))])
    found = [hit.payload async for hits in pages(home, where) for hit in hits]
    return {(payload["user"], old) for payload in found for old in ids.intersection(payload["supersedes"])}


def _flags(kept: Kept, outdated: bool) -> dict[str, int]:
    return kept.flags | {"outdated": 1} if outdated else kept.flags


async def known_ids(home: Home, ids: Sequence[str]) -> set[str]:
    """Which of these points the home has, of whichever user."""
    if not ids:
        return set()
    page = await home.scroll(these(ids), limit=len(ids), fields=["user"])
    return {hit.id for hit in page.hits}
