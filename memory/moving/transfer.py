"""Memories out of a home into a file of JSON lines, and in again; their vectors are made anew."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from langgraph_roleplay.memory.home import Home
from langgraph_roleplay.memory.moving.insertion import check_file, insert_file
from langgraph_roleplay.memory.moving.lines import Kept, dump_header
from langgraph_roleplay.memory.moving.one_moment import Progress, copy_lines
from langgraph_roleplay.memory.moving.whole_file import written_whole
from langgraph_roleplay.memory.records import Memory, Selection
from langgraph_roleplay.memory.vectors import TextVectors, Vectorizer

__all__ = ["export_memories", "import_memories"]


async def export_memories(
    home: Home,
    path: Path,
    *,
    selection: Selection | None = None,
    replace: bool = True,
    progress: Progress | None = None,
) -> int:
    """Write memories, hidden or not, to a file, a line each, with what became of them; returns how many.

    Args:
        home: where they are.
        path: the file; it is written whole or not at all, for its owner alone.
        selection: which of one user; None: everything.
        replace: whether a file that is there already may be replaced.
        progress: told how many are done, of how many.

    Raises:
        FileError: the file can't be written, or is there already.
        MemoryUnavailable: the home failed.
    """
    async with written_whole(path, replace=replace) as file:
        await asyncio.to_thread(file.write, dump_header("memories"))
        into = partial(_append, file)
        folder = Path(file.name).parent
        return await copy_lines(home, selection, into=into, folder=folder, vectors=False, progress=progress)


def _append(file: IO[bytes], lines: IO[bytes]) -> None:
    shutil.copyfileobj(lines, file)


async def import_memories(
    home: Home,
    path: Path,
    *,
    vectorizer: Vectorizer,
    wanted: Callable[[Memory], bool] = lambda _: True,
    progress: Progress | None = None,
) -> int:
    """Keep the memories of a file that `export_memories` wrote; returns how many were new.

    Args:
        home: where to; what is there already stays as it is.
        path: the file; all of it is checked before the first memory is written.
        vectorizer: makes the vectors.
        wanted: which of its memories are meant.
        progress: told how many are done, of how many.

    Raises:
        FileError: names the file, and the line and field that are wrong; nothing was written.
        MemoryUnavailable: the home failed; the same call goes on where it stopped.
    """

    async def vectors_of(batch: Sequence[Kept]) -> list[TextVectors]:
        return await vectorizer.texts([kept.memory.text for kept in batch])

    checked = await check_file(path, "memories")
    return await insert_file(home, checked, vectors_of=vectors_of, wanted=wanted, progress=progress)
