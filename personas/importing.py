"""Taking cards and lorebooks into the folder, byte for byte, under an id of their own."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Lorebook, Persona, make_slug
from langgraph_roleplay.personas.cards.containers import Kind, kind_of
from langgraph_roleplay.personas.folder import CardFolder, read_file
from langgraph_roleplay.personas.library import built_in_cast
from langgraph_roleplay.personas.removed import RemovedCards
from langgraph_roleplay.personas.writing import write_whole

__all__ = ["CardImporter", "Imported"]

_LONGEST_ID = 60
_SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "json": (".json",),
    "png": (".png", ".apng"),
    "charx": (".charx",),
    "jpeg": (".jpeg", ".jpg"),
}


@dataclass(frozen=True)
class Imported:
    """What became of a file."""

    id: str
    content: Persona | Lorebook
    status: Literal["imported", "replaced", "there"]
    """`there`: the same card or book was in the folder already, perhaps in another container."""
    wanted_id: str
    """The id it would have got if it had not been taken by another one."""


class CardImporter:
    """Imports file after file into one folder. It blocks: call it from a thread in async code.

    Args:
        folder: where they go; it is made if need be.
        removed: where goes what is replaced.
        replace: whether a card takes the place of another one of its id; else it gets an id with a number.
    """

    def __init__(self, folder: Path, *, removed: RemovedCards, replace: bool = False) -> None:
        self._folder = folder
        self._removed = removed
        self._replace = replace
        self._files: dict[str, Path | None] = {persona.id: None for persona in built_in_cast()}
        self._ids: dict[str, str] = {persona.hash: persona.id for persona in built_in_cast()}
        self._new: set[str] = set()
        for path, found in CardFolder(folder).all().items():
            self._files[make_slug(path.stem)] = path
            if not isinstance(found, PersonaError):
                self._ids[_content_hash(found, _bytes_of(path))] = make_slug(path.stem)

    def take(self, path: Path, *, as_id: str = "") -> Imported:
        """Import one file.

        Args:
            path: a card or a lorebook.
            as_id: what it is to be called; default: the character's name, or the name of a lorebook's file.

        Raises:
            PersonaError: it is no card or lorebook, is broken, or can't be written.
        """
        content, raw = read_file(path), _bytes_of(path)
        content_hash = _content_hash(content, raw)
        wanted = _short(make_slug(as_id)) or _wanted_id(content, path)
        there = self._ids.get(content_hash)
        if there and (not as_id or there == wanted) and not (self._replace and self._differs(there, raw)):
            return Imported(there, content, "there", wanted)
        new_id, replaced = wanted if as_id else there or wanted, False
        if self._replace and new_id not in self._new:
            replaced = self._make_room(new_id)
        elif new_id in self._files:
            new_id = next(name for name in _numbered(wanted) if name not in self._files)
        self._write(new_id, _suffix_of(path, raw), raw)
        self._ids[content_hash] = new_id
        return Imported(new_id, content, "replaced" if replaced else "imported", wanted)

    def _differs(self, known: str, raw: bytes) -> bool:
        """Whether the file itself is another one: another container, or another picture."""
        path = self._files[known]
        return path is not None and path.read_bytes() != raw

    def _make_room(self, known: str) -> bool:
        path = self._files.get(known)
        if path is None:  # nobody, or a built-in one, which is hidden from now on
            return False
        self._removed.take(path)
        self._ids = {content: name for content, name in self._ids.items() if name != known}
        return True

    def _write(self, new_id: str, suffix: str, raw: bytes) -> None:
        path = self._folder / f"{new_id}{suffix}"
        try:
            write_whole(path, raw)
        except OSError as error:
            raise PersonaError(f"{path} can't be written ({error.strerror}).") from error
        self._files[new_id] = path
        self._new.add(new_id)


def _wanted_id(content: Persona | Lorebook, path: Path) -> str:
    """A character is called by its name; a book by its file's, which is how cards of SillyTavern refer to it."""
    stem, name = make_slug(path.stem), make_slug(content.name)
    slug = (name or stem) if isinstance(content, Persona) else (stem or name)
    return _short(slug) or "card"


def _short(slug: str) -> str:
    return slug[:_LONGEST_ID].strip("-")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PersonaError(f"{path.name[:80]}: can't be read ({error.strerror}).") from error


def _suffix_of(path: Path, raw: bytes) -> str:
    """By what is in the file, which may be called anything; what it was called is kept where that is right, too."""
    suffixes = _SUFFIXES[kind_of(raw[:16]) or "json"]
    return path.suffix.lower() if path.suffix.lower() in suffixes else suffixes[0]


def _numbered(name: str) -> Iterator[str]:
    return (f"{name}-{number}" for number in count(2))


def _content_hash(content: Persona | Lorebook, raw: bytes) -> str:
    """A character is the same in every container; of a book the file is asked, whose name may be the book's."""
    return content.hash if isinstance(content, Persona) else hashlib.sha256(raw).hexdigest()
