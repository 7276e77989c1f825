"""CHARX: a zip, bare or behind a JPEG, opened under caps; nothing is ever unpacked to disk."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.cards.found import Found
from langgraph_roleplay.personas.cards.json_text import read_json_leniently
from langgraph_roleplay.personas.reading import MAX_BYTES

__all__ = ["CARD", "MAX_MEMBER", "Archive", "opened_archive", "read_charx_card"]

CARD = "card.json"
MAX_MEMBER = 64_000_000
_MAX_DIRECTORY = 2_000_000
_MAX_MEMBERS = 5_000
_MAX_INFLATED = 1_000_000_000
_MAX_RATIO = 200
_RATIO_FROM = 1_000_000
"""Bytes below which a high ratio harms nobody."""

_END = struct.Struct("<4s4H2IH")
_END_MARK = b"PK\x05\x06"
_END_64_MARK = b"PK\x06\x07"
_END_64_SIZE = 20
"""Bytes in front of the end that point to a larger one, and say more than it does."""
_MAX_COMMENT = 65_535
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)
"""What zipfile raises at a damaged archive."""


@dataclass(frozen=True)
class Archive:
    """The members of an archive that may be read."""

    zip: zipfile.ZipFile
    members: Mapping[str, zipfile.ZipInfo]
    label: str
    notices: tuple[str, ...]
    offset: int
    """Bytes in front of it: the picture."""
    of: str
    """What it is said to be in errors."""

    def read(self, name: str, *, limit: int = MAX_MEMBER) -> bytes:
        """Return what is in a member.

        Raises:
            PersonaError: there is none of this name, or it is encrypted, damaged or too large.
        """
        member = self.members.get(name)
        label = f"{self.label}: {name[:80]}"
        if member is None:
            raise PersonaError(f"{label}: not in the archive.")
        _check_member(member, label, limit, of=self.of)
        try:
            with self.zip.open(member) as file:
                content = file.read(limit + 1)
        except _BROKEN as error:
            raise PersonaError(f"{label}: damaged ({str(error)[:80] or type(error).__name__}).") from error
        if len(content) > limit:
            raise _too_large(label, limit, of=self.of)
        return content


def read_charx_card(file: BinaryIO, label: str) -> Found:
    """Read `card.json` of a CHARX, which may stand behind a JPEG.

    Raises:
        PersonaError: there is none, or it can't be read.
    """
    with opened_archive(file, label) as archive:
        name = next((name for name in archive.members if name.lower() == CARD), CARD)
        card, notices = read_json_leniently(archive.read(name, limit=MAX_BYTES), f"{label}: {name}")
        return Found(card, (*archive.notices, *notices))


@contextmanager
def opened_archive(file: BinaryIO, label: str, *, of: str = "card") -> Iterator[Archive]:
    """Open an archive, of a card or a book, once its directory is known to be small.

    Raises:
        PersonaError: no zip, or one that is damaged or over a cap.
    """
    _check_directory(file, label, of=of)
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise PersonaError(f"{label}: a damaged zip ({str(error)[:80]}).") from error
    with archive:
        members = archive.infolist()
        if len(members) > _MAX_MEMBERS:
            raise PersonaError(f"{label}: {len(members):,} files in it; at most {_MAX_MEMBERS:,} are read.")
        if sum(member.file_size for member in members) > _MAX_INFLATED:
            raise PersonaError(f"{label}: its files inflate to more than {_MAX_INFLATED // 10**9} GB.")
        yield _sorted_out(archive, members, label, of=of)


def _sorted_out(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], label: str, *, of: str) -> Archive:
    safe = {member.filename: member for member in members if not member.is_dir() and _is_safe(member)}
    odd = sum(not member.is_dir() and not _is_safe(member) for member in members)
    notices = (f"{odd} files of the archive were left out: links, or paths that lead out of it.",) if odd else ()
    offset = min((member.header_offset for member in members), default=0)
    return Archive(archive, safe, label, notices, offset, of)


def _check_directory(file: BinaryIO, label: str, *, of: str) -> None:
    """Zipfile reads the whole directory before it can be asked how large it is."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_64_SIZE - _END.size - _MAX_COMMENT))
    tail = file.read()
    place = len(tail) - _END.size
    if not (tail[place : place + 4] == _END_MARK and tail.endswith(b"\0\0")):
        place = tail.rfind(_END_MARK)
    if place < 0 or len(tail) - place < _END.size:
        raise PersonaError(f"{label}: no {of} in it: the zip that should hold it is missing or cut off.")
    directory_size = _END.unpack_from(tail, place)[5]
    if directory_size > _MAX_DIRECTORY or tail[max(0, place - _END_64_SIZE) :].startswith(_END_64_MARK):
        raise PersonaError(f"{label}: a zip with more files than any {of} needs.")


def _check_member(member: zipfile.ZipInfo, label: str, limit: int, *, of: str) -> None:
    if member.flag_bits & 1:
        raise PersonaError(f"{label}: encrypted, which no {of} may be.")
    if member.compress_type not in _METHODS:
        raise PersonaError(f"{label}: compressed in a way that no {of} is; deflate is expected.")
    if member.file_size > limit:
        raise _too_large(label, limit, of=of)
    if member.file_size > max(_RATIO_FROM, _MAX_RATIO * member.compress_size):
        raise PersonaError(f"{label}: inflates more than {_MAX_RATIO}-fold, which no {of} does.")


def _is_safe(member: zipfile.ZipInfo) -> bool:
    name = member.filename
    parts = name.split("/")
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    return not (is_link or "\\" in name or ":" in parts[0] or not parts[0] or ".." in parts or not name.isprintable())


def _too_large(label: str, limit: int, *, of: str) -> PersonaError:
    return PersonaError(f"{label}: larger than {limit // 1_000_000} MB, which no {of} needs to be.")
