"""A file that is written whole or not at all, for its owner's eyes alone."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from langgraph_roleplay.errors import RoleplayError

__all__ = ["FileError", "written_whole"]


class FileError(RoleplayError):
    """A file of memories can't be read or written; the text names it, and the line and field where there is one."""


@asynccontextmanager
async def written_whole(path: Path, *, replace: bool) -> AsyncIterator[IO[bytes]]:
    """A file beside `path` that takes its place, with mode 0600, once the block is left without an error.

    Args:
        path: where it goes; a symbolic link is followed.
        replace: whether a file that is there already may be replaced.

    Raises:
        FileError: it can't be written, is no regular file, or is there already.
    """
    try:
        target = await asyncio.to_thread(_place, path, replace)
        aside = await asyncio.to_thread(_open_beside, target)
        try:
            yield aside
            await asyncio.to_thread(_move, aside, target)
        finally:
            await asyncio.to_thread(_clear, aside)
    except OSError as error:
        raise FileError(f"{path} can't be written: {error.strerror or error}") from error


def _place(path: Path, replace: bool) -> Path:
    target = path.expanduser().resolve()
    if target.exists() and not target.is_file():
        raise FileError(f"{path} is no file that could be replaced")
    if target.exists() and not replace:
        raise FileError(f"{path} is there already; give another name, or replace it with --force")
    return target


def _open_beside(target: Path) -> IO[bytes]:
    return tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name[:100]}.", delete=False)


def _move(aside: IO[bytes], target: Path) -> None:
    aside.flush()
    os.fsync(aside.fileno())
    Path(aside.name).replace(target)


def _clear(aside: IO[bytes]) -> None:
    aside.close()
    Path(aside.name).unlink(missing_ok=True)
