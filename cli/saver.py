"""The file in which the command line keeps its conversations."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.settings import make_private

__all__ = ["open_threads"]

_Result = TypeVar("_Result")
_BUSY_SECONDS = 30.0
"""How long one process waits for another's write: two terminals and a server may share the file."""


@asynccontextmanager
async def open_threads(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """Open the conversations at `path`; the file is made at first need, and only its owner may read it.

    Raises:
        SettingsError: it can't be opened or is no such file.
    """
    connection = aiosqlite.connect(path, timeout=_BUSY_SECONDS)
    try:
        yield await _to_its_end(_set_up(connection, path))
    finally:
        await connection.close()


async def _set_up(connection: aiosqlite.Connection, path: Path) -> AsyncSqliteSaver:
    # None: only langgraph's own safe types come back; a file from a stranger can't name a class to build.
    serde = JsonPlusSerializer(allowed_msgpack_modules=None)
    try:
        await asyncio.to_thread(_make, path)
        saver = AsyncSqliteSaver(await connection, serde=serde)
        await saver.setup()
        # With the write-ahead log that `setup` turns on: a killed process loses nothing, a power cut at most the
        # last steps, and a turn doesn't wait for the disk twenty times.
        await saver.conn.execute("PRAGMA synchronous=NORMAL")
    except (sqlite3.Error, OSError) as error:
        raise SettingsError(f"The conversations in {path} can't be opened ({error}); move the file away.") from error
    return saver


async def _to_its_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await `work` whole, also when cancelled: the thread of a half-opened connection would outlive its loop."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def _make(path: Path) -> None:
    make_private(path.parent)
    path.touch(mode=0o600)
