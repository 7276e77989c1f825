"""PNG chunk by chunk: walked without decoding a pixel, text in its three forms, written back byte for byte.

pypng writes; it does not read here, because it gives up at the first chunk whose checksum is wrong, and loses it.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import png

from langgraph_roleplay.errors import PersonaError

__all__ = ["SIGNATURE", "Chunk", "DamagedTextError", "copy_chunks", "keyword_of", "read_text", "text_chunk", "walk"]

SIGNATURE: bytes = png.signature
_TEXT_KINDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_MAX_CHUNKS = 60_000
_HEADER = struct.Struct(">I4s")
_FRAME = 12
"""Bytes of a chunk beside its data: length, kind, checksum."""


class DamagedTextError(PersonaError):
    """A text chunk can't be unpacked."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where a chunk stands in its file."""

    kind: bytes
    start: int
    """Of its header."""
    length: int
    """Of its data, as the header claims."""
    size: int
    """Of the file from `start` to its end."""

    @property
    def is_whole(self) -> bool:
        """Whether the file holds all of it."""
        return self.length + _FRAME <= self.size

    @property
    def is_text(self) -> bool:
        """Whether it is of one of the three kinds that hold text."""
        return self.kind in _TEXT_KINDS

    def peek(self, file: BinaryIO, count: int) -> bytes:
        """The first bytes of its data."""
        file.seek(self.start + _HEADER.size)
        return file.read(min(count, self.length))

    def read(self, file: BinaryIO) -> tuple[bytes, bool]:
        """Its data, as much as is there, and whether the checksum is right."""
        data = self.peek(file, self.length)
        checksum = zlib.crc32(data, zlib.crc32(self.kind))
        return data, file.read(4) == checksum.to_bytes(4, "big")


def walk(file: BinaryIO, label: str, *, start: int = len(SIGNATURE)) -> Iterator[Chunk]:
    """Yield the chunks from `start` up to IEND, or to where the file ends.

    Raises:
        PersonaError: there are more than any picture needs.
    """
    size = file.seek(0, io.SEEK_END)
    for _ in range(_MAX_CHUNKS):
        file.seek(start)
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return
        length, kind = _HEADER.unpack(header)
        yield Chunk(kind, start, length, size - start)
        start += length + _FRAME
        if kind == b"IEND" or start > size:
            return
    raise PersonaError(f"{label}: more than {_MAX_CHUNKS:,} chunks, which no picture needs.")


def read_text(kind: bytes, data: bytes, *, limit: int) -> bytes:
    """Return the text of a chunk without its keyword, inflated to at most `limit` bytes.

    Raises:
        DamagedTextError: it can't be inflated, or is larger.
    """
    rest = data.partition(b"\0")[2]
    if kind == b"zTXt":
        return _inflate(rest[1:], limit)
    if kind == b"iTXt":
        compressed = rest[:1] == b"\1"
        text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        return _inflate(text, limit) if compressed else text
    return rest


def _inflate(data: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, limit + 1)
    except zlib.error as error:
        raise DamagedTextError("its compressed text is damaged") from error
    if len(text) > limit:
        raise DamagedTextError(f"its text inflates to more than {limit // 1_000_000} MB")
    return text


def text_chunk(keyword: str, text: bytes) -> tuple[bytes, bytes]:
    """A chunk of kind tEXt, as cards are written."""
    return b"tEXt", keyword.encode("latin-1", "replace") + b"\0" + text


def copy_chunks(
    picture: bytes, label: str, *, without: Callable[[bytes], bool], more: Iterable[tuple[bytes, bytes]] = ()
) -> bytes:
    """Return `picture` with `more` chunks before its end, every other byte as it was.

    Args:
        picture: a PNG or APNG.
        label: what errors call it.
        without: whether the text chunk of this keyword is left out.
        more: kind and data of each chunk to add.
    """
    file, out = io.BytesIO(picture), io.BytesIO()
    out.write(picture[: len(SIGNATURE)])
    tail = b""
    for chunk in filter(lambda chunk: chunk.is_whole, walk(file, label)):
        if chunk.kind == b"IEND":
            tail = picture[chunk.start :]
        elif not (chunk.is_text and without(keyword_of(chunk, file))):
            out.write(picture[chunk.start : chunk.start + chunk.length + _FRAME])
    for kind, data in more:
        png.write_chunk(out, kind, data)
    if tail:
        out.write(tail)
    else:
        png.write_chunk(out, b"IEND")
    return out.getvalue()


def keyword_of(chunk: Chunk, file: BinaryIO) -> bytes:
    """The keyword of a text chunk."""
    return chunk.peek(file, 1100).partition(b"\0")[0]
