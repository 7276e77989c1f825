"""Memories as they were at one moment, read from a home that others go on writing to.

Homes have no snapshot, so everything is read twice: what both readings saw alike was there between them. What only
the second one saw is left out, unless something of the first rests on it and so came after it. If something changed
or went, both are done anew, some times; after that the last one counts. Each user is read at a moment of their own:
no memory of one user rests on another's.
"""

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Hit, Home
from langgraph_roleplay.memory.moving.all_users import everything
from langgraph_roleplay.memory.moving.lines import dump_line
from langgraph_roleplay.memory.records import Selection
from langgraph_roleplay.memory.selecting import pages

__all__ = ["Progress", "copy_lines"]

Progress = Callable[[int, int], object]
"""Told how many memories are done, of how many."""

_READINGS = 5
_IN_MEMORY = 2**24  # bytes of a user's lines; longer ones wait in an unnamed file


async def copy_lines(
    home: Home,
    selection: Selection | None,
    *,
    into: Callable[[IO[bytes]], object],
    folder: Path,
    vectors: bool,
    progress: Progress | None,
) -> int:
    """Hand a user's selection, or all of every user, to `into` as lines; returns how many there were.

    Args:
        home: where they are.
        selection: None: everything.
        into: called in a thread, once a user, with the lines of that user.
        folder: has room for the lines of one user.
        vectors: whether the lines have them.
        progress: told after each user.

    Raises:
        MemoryUnavailable: the home failed.
    """
    wheres = await _each_user(home) if selection is None else [filters.selected(selection)]
    total = await home.count(everything() if selection is None else wheres[0])
    done = 0
    spool = await asyncio.to_thread(_spool, folder)
    try:
        for where in wheres:
            done += await _write_settled(home, where, vectors=vectors, spool=spool)
            await asyncio.to_thread(into, spool)
            if progress is not None:
                progress(done, max(done, total))
    finally:
        await asyncio.to_thread(spool.close)
    return done


async def _each_user(home: Home) -> list[models.Filter]:
    users = {hit.payload["user"] async for hits in pages(home, everything(), fields=["user"]) for hit in hits}
    return [filters.selected(Selection(user=user)) for user in sorted(users)]


def _spool(folder: Path) -> IO[bytes]:
    return cast("IO[bytes]", tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder)))


async def _write_settled(home: Home, where: models.Filter, *, vectors: bool, spool: IO[bytes]) -> int:
    known: dict[str, bytes] = {}
    async for hits in pages(home, where):
        known |= await asyncio.to_thread(_digests, hits)
    for _ in range(_READINGS):
        reading = await asyncio.to_thread(_Reading, spool, known=known)
        async for hits in pages(home, where, vectors=vectors):
            await asyncio.to_thread(reading.take, hits)
        await asyncio.to_thread(reading.finish)
        if known.items() <= reading.seen.items():
            break
        known = reading.seen
    return reading.written


class _Reading:
    """Writes the lines of what the reading before it saw, and of what that rests on."""

    def __init__(self, spool: IO[bytes], *, known: dict[str, bytes]) -> None:
        self._spool = spool
        self._known = known
        self._late: dict[str, Hit] = {}
        self._wanted: set[str] = set()
        self.seen: dict[str, bytes] = {}
        self.written = 0
        spool.seek(0)
        spool.truncate()

    def take(self, hits: list[Hit]) -> None:
        self.seen |= _digests(hits)
        for hit in hits:
            if hit.id in self._known:
                self._write(hit)
            else:
                self._late[hit.id] = hit

    def finish(self) -> None:
        """Add what came late but was there before something that is written, and make the lines ready to be read."""
        while found := self._wanted & self._late.keys():
            for known in sorted(found):
                self._write(self._late.pop(known))
        self._spool.seek(0)

    def _write(self, hit: Hit) -> None:
        self._spool.write(dump_line(hit))
        self._wanted.update({*hit.payload["evidence"], *hit.payload["supersedes"]} - self._known.keys())
        self.written += 1


def _digests(hits: list[Hit]) -> dict[str, bytes]:
    return {hit.id: hashlib.sha256(json.dumps(hit.payload, sort_keys=True).encode()).digest()[:8] for hit in hits}
