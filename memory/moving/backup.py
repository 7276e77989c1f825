"""A home in one file: every memory with its vectors, independent of the engine, packed, counted and summed."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.home import Home
from langgraph_roleplay.memory.moving.all_users import everything
from langgraph_roleplay.memory.moving.insertion import Checked, check_file, insert_file
from langgraph_roleplay.memory.moving.lines import Kept, dump_header
from langgraph_roleplay.memory.moving.one_moment import Progress, copy_lines
from langgraph_roleplay.memory.moving.whole_file import written_whole
from langgraph_roleplay.memory.vectors import TextVectors

__all__ = ["back_up", "check_backup", "restore_backup"]

_PIECE = 2**20


class _Archive:
    """Lines, packed and summed up."""

    def __init__(self, file: IO[bytes], header: bytes) -> None:
        # No time and no name: the same memories give the same file.
        self._packed = gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0)
        self._sum = hashlib.sha256()
        self._write(header)

    def take(self, lines: IO[bytes]) -> None:
        """Append lines."""
        while piece := lines.read(_PIECE):
            self._write(piece)

    def finish(self, memories: int) -> None:
        """Append the last line, by which a reader knows that it has everything."""
        self._write(json.dumps({"memories": memories, "sha256": self._sum.hexdigest()}).encode() + b"\n")
        self._packed.close()

    def _write(self, piece: bytes) -> None:
        self._sum.update(piece)
        self._packed.write(piece)


async def back_up(home: Home, path: Path, *, replace: bool = False, progress: Progress | None = None) -> int:
    """Write all memories of a home to one file, each user's as they were at one moment; returns how many.

    Args:
        home: where they are; others may go on using it.
        path: the file; it is written whole or not at all, for its owner alone.
        replace: whether a file that is there already may be replaced.
        progress: told how many are done, of how many.

    Raises:
        FileError: the file can't be written, or is there already.
        MemoryUnavailable: the home failed.
    """
    async with written_whole(path, replace=replace) as file:
        archive = await asyncio.to_thread(_Archive, file, dump_header("backup", home.fingerprint))
        folder = Path(file.name).parent
        memories = await copy_lines(home, None, into=archive.take, folder=folder, vectors=True, progress=progress)
        await asyncio.to_thread(archive.finish, memories)
    return memories


async def check_backup(path: Path) -> Checked:
    """Read all of a backup, before a home is touched.

    Raises:
        FileError: it can't be read, is damaged, is no backup, or of a newer version.
    """
    return await check_file(path, "backup")


async def restore_backup(home: Home, checked: Checked, *, merge: bool = False, progress: Progress | None = None) -> int:
    """Write the memories of a backup into a home; returns how many were new.

    Args:
        home: of the same embedding as the backup; empty, unless `merge`.
        checked: the backup.
        merge: whether the home may hold memories already; they stay as they are.
        progress: told how many are done, of how many.

    Raises:
        MemoryUnavailable: the home failed, holds memories, or is of another embedding.
    """
    made_with = checked.header.fingerprint
    if home.fingerprint != made_with:
        raise MemoryUnavailable(
            f"the backup was made with the embedding {made_with}, the home with {home.fingerprint}: restore it into "
            "a new home, then `roleplay memory reindex` gives that one another embedding"
        )
    if not merge and (held := await home.count(everything())):
        raise MemoryUnavailable(
            f"the home holds {held} memories already: restore into an empty one, or add to them with --merge"
        )
    return await insert_file(home, checked, vectors_of=_own_vectors, wanted=lambda _: True, progress=progress)


async def _own_vectors(batch: Sequence[Kept]) -> list[TextVectors]:
    return [kept.vectors or TextVectors(None, None) for kept in batch]
