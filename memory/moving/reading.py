"""A file of memories, read a batch at a time. The readings block: they belong into threads."""

import asyncio
import gzip
import hashlib
import uuid
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any, Literal, cast

from langgraph_roleplay.memory.moving.lines import Kept, load_header, load_line, load_object
from langgraph_roleplay.memory.moving.whole_file import FileError

__all__ = ["MemoryFile", "opened"]

_BATCH = 128  # memories: with long vectors a few MB, and a server takes 32 at once
_BATCH_BYTES = 4 * 2**20
_LONGEST_LINE = 256 * 2**20
_DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error)


class MemoryFile:
    """An open file of memories; what is wrong with it raises FileError with its line and field."""

    def __init__(self, file: IO[bytes], *, name: str, kind: Literal["memories", "backup"]) -> None:
        self._file = file
        self._name = name
        self._kind = kind
        self._number = 0
        self._ended = False
        self._sum = hashlib.sha256()
        self._ids: set[int] = set()
        first = self._line()
        self.header = load_header(first, kind, where=self._where)
        self._sum.update(first)

    def batch(self) -> list[Kept]:
        """The next memories; none at the end."""
        batch, size = list[Kept](), 0
        while not self._ended and len(batch) < _BATCH and size < _BATCH_BYTES:
            line = self._line()
            size += len(line)
            if kept := self._kept(line):
                batch.append(kept)
        return batch

    @property
    def _where(self) -> str:
        # A backup was written by a program, whole: but for its first line, what is wrong in it is damage.
        damaged = self._kind == "backup" and self._number > 1
        return f"{self._name}{' is damaged: ' if damaged else ', '}line {self._number}"

    def _line(self) -> bytes:
        self._number += 1
        try:
            line = self._file.readline(_LONGEST_LINE)
        except _DAMAGE as error:
            raise FileError(f"{self._name} is damaged: {error}") from error
        except OSError as error:
            raise FileError(f"{self._name} can't be read: {error.strerror}") from error
        if len(line) == _LONGEST_LINE:
            raise FileError(f"{self._where} is longer than {_LONGEST_LINE // 2**20} MB")
        return line

    def _kept(self, line: bytes) -> Kept | None:
        if not line:
            self._end(None)
        elif line.strip():
            fields = load_object(line, where=self._where)
            if self._kind == "memories" or "sha256" not in fields:
                self._sum.update(line)
                return self._new(load_line(fields, where=self._where, dimension=self.header.dimension))
            self._end(fields)
        return None

    def _new(self, kept: Kept) -> Kept:
        known = uuid.UUID(kept.memory.id).int
        if known in self._ids:
            raise FileError(f"{self._where}, field id: another line has it too")
        self._ids.add(known)
        return kept

    def _end(self, last: dict[str, Any] | None) -> None:
        """Believe that the file ends here; a backup must say so itself, with the right count and checksum."""
        self._ended = True
        if self._kind == "memories":
            return
        if last is None:
            raise FileError(f"{self._name} is damaged: its end is missing")
        if last != {"memories": len(self._ids), "sha256": self._sum.hexdigest()} or self._line():
            raise FileError(f"{self._name} is damaged: it doesn't hold what its last line says")


@asynccontextmanager
async def opened(path: Path, kind: Literal["memories", "backup"]) -> AsyncIterator[MemoryFile]:
    """Open a file of memories, packed with gzip or not.

    Raises:
        FileError: it can't be read, or is none of `kind`.
    """
    file = await asyncio.to_thread(_open, path)
    try:
        yield await asyncio.to_thread(MemoryFile, file, name=str(path), kind=kind)
    finally:
        await asyncio.to_thread(file.close)


def _open(path: Path) -> IO[bytes]:
    place = path.expanduser()
    if place.exists() and not place.is_file():
        raise FileError(f"{path} is no file: it is read twice, so copy it to one")
    try:
        with place.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return cast("IO[bytes]", gzip.open(place, "rb")) if packed else place.open("rb")
    except OSError as error:
        raise FileError(f"{path} can't be read: {error.strerror}") from error
