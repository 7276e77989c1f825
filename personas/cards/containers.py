"""Files a card can be in, told apart by their first bytes: a suffix is what somebody called a file."""

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.cards.archives import CARD, opened_archive, read_charx_card
from langgraph_roleplay.personas.cards.found import Found
from langgraph_roleplay.personas.cards.json_text import read_json_leniently
from langgraph_roleplay.personas.cards.limits import Room
from langgraph_roleplay.personas.cards.png_cards import read_png_card, read_png_files
from langgraph_roleplay.personas.reading import MAX_BYTES

__all__ = ["CARD_SUFFIXES", "Belongings", "Kind", "kind_of", "opened", "read_belongings", "read_card"]

CARD_SUFFIXES = frozenset({".json", ".png", ".apng", ".charx", ".jpg", ".jpeg"})
"""Suffixes of files that can be cards."""

Kind = Literal["json", "png", "charx", "jpeg"]

_MAX_SIZES: dict[Kind, int] = {"json": MAX_BYTES, "png": 100_000_000, "charx": 200_000_000, "jpeg": 200_000_000}


@dataclass(frozen=True)
class Belongings:
    """What a file holds beside its card."""

    kind: Kind
    picture: bytes | None = None
    """The PNG with its chunks, or the JPEG in front of the archive."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Assets and what other programs keep there, by path."""


@contextmanager
def opened(source: Path | bytes, label: str) -> Iterator[tuple[BinaryIO, Kind]]:
    """Open a file whose size is within its cap, and tell of which kind it is.

    Raises:
        PersonaError: it can't be read, or is too large or no card at all.
    """
    if isinstance(source, bytes):
        file = io.BytesIO(source)
        yield file, _check(file, label)
        return
    try:
        with _open_regular(source) as opened_file:
            yield opened_file, _check(opened_file, label)
    except OSError as error:
        raise PersonaError(f"{source.name[:80]}: can't be read ({error.strerror or error}).") from error
    except ValueError as error:
        raise PersonaError(f"{source.name[:80]!r}: no file can have this name.") from error


def read_card(file: BinaryIO, kind: Kind, label: str) -> Found:
    """Return the card in the file.

    Raises:
        PersonaError: there is none, or it can't be read.
    """
    return _READERS[kind](file, label)


def read_belongings(source: Path | bytes, label: str) -> Belongings:
    """Return picture and assets of a card, or of a plain picture.

    Raises:
        PersonaError: the file can't be read, or holds more than may be in memory at once.
    """
    with opened(source, label) as (file, kind):
        if kind == "json":
            return Belongings(kind)
        if kind == "png":
            files = read_png_files(file, label)
            file.seek(0)
            return Belongings(kind, file.read(), files)
        return _read_archive(file, kind, label)


def kind_of(head: bytes) -> Kind | None:
    """Tell a file by its first 16 bytes; None for pictures that can't hold a card."""
    if head[:4] == b"\x89PNG" or head[12:16] == b"IHDR":
        return "png"
    if head[:2] == b"PK" and head[2:4] in (b"\3\4", b"\5\6"):
        return "charx"
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    return None if head[:4] in (b"RIFF", b"GIF8") else "json"


def _open_regular(path: Path) -> BinaryIO:
    # A pipe or a device would be read for ever.
    if not stat.S_ISREG(path.stat().st_mode):
        raise PersonaError(f"{path.name[:80] or path}: not a file.")
    return path.open("rb")


def _check(file: BinaryIO, label: str) -> Kind:
    kind = kind_of(file.read(16))
    if kind is None:
        raise PersonaError(f"{label}: a picture of a kind that holds no card; PNG, APNG or CHARX is expected.")
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > _MAX_SIZES[kind]:
        raise PersonaError(f"{label}: larger than {_MAX_SIZES[kind] // 1_000_000} MB, which no card needs to be.")
    return kind


def _read_json_card(file: BinaryIO, label: str) -> Found:
    return Found(*read_json_leniently(file.read(), label))


_READERS: dict[Kind, Callable[[BinaryIO, str], Found]] = {
    "json": _read_json_card,
    "png": read_png_card,
    "charx": read_charx_card,
    "jpeg": read_charx_card,
}


def _read_archive(file: BinaryIO, kind: Kind, label: str) -> Belongings:
    if kind == "jpeg" and not _has_archive(file, label):
        file.seek(0)
        return Belongings(kind, file.read())
    with opened_archive(file, label) as archive:
        files: dict[str, bytes] = {}
        room = Room()
        for name in archive.members:
            if name.lower() != CARD:
                files[name] = archive.read(name)
                room.take(len(files[name]), label)
        file.seek(0)
        return Belongings(kind, file.read(archive.offset) if kind == "jpeg" else None, files)


def _has_archive(file: BinaryIO, label: str) -> bool:
    try:
        with opened_archive(file, label):
            return True
    except PersonaError:
        return False
