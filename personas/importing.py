"""Taking cards and lorebooks into the folder, byte for byte, under an id of their own."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Literal

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Lorebook, Persona, make_slug
from langgraph_roleplay.personas.cards import CARD_SUFFIXES
from langgraph_roleplay.personas.cards.containers import Kind, kind_of
from langgraph_roleplay.personas.folder import CardFolder, read_file
from langgraph_roleplay.personas.library import built_in_cast
from langgraph_roleplay.personas.removed import RemovedFiles
from langgraph_roleplay.personas.writing import write_new

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

    def __init__(self, folder: Path, *, removed: RemovedFiles, replace: bool = False) -> None:
        self._folder = folder
        self._removed = removed
        self._replace = replace
        self._files: dict[str, Path | None] = {persona.id: None for persona in built_in_cast()}
        self._ids: dict[str, str] = {persona.digest: persona.id for persona in built_in_cast()}
        self._new: set[str] = set()
        for path, found in CardFolder(folder).all().items():
            self._files[make_slug(path.stem)] = path
            if not isinstance(found, PersonaError):
                self._ids[_content_hash(found, path)] = make_slug(path.stem)

    def take(self, path: Path, *, as_id: str = "") -> Imported:
        """Import one file.

        Args:
            path: a card or a lorebook.
            as_id: what it is to be called; default: the character's name, or the name of a lorebook's file.

        Raises:
            PersonaError: it is no card or lorebook, is broken, or can't be written.
        """
        content, raw = read_file(path), _bytes_of(path)
        content_hash = _content_hash(content, path)
        wanted = _short(make_slug(as_id)) or _wanted_id(content, path)
        there = self._ids.get(content_hash)
        if there and (not as_id or there == wanted) and not (self._replace and self._differs(there, raw)):
            return Imported(there, content, "there", wanted)
        first = wanted if as_id else there or wanted
        replaced = self._replace and first not in self._new and self._make_room(first)
        names = chain([first], (f"{wanted}-{number}" for number in count(2)))
        new_id = self._write(names, _suffix_of(path, raw), raw)
        self._ids[content_hash] = new_id
        return Imported(new_id, content, "replaced" if replaced else "imported", wanted)

    def _differs(self, known: str, raw: bytes) -> bool:
        """Whether the file itself is another one: another container, or another picture."""
        path = self._files.get(known)
        return path is not None and _bytes_of(path) != raw

    def _make_room(self, known: str) -> bool:
        path = self._files.pop(known, None)
        if path is None:  # nobody, or a built-in one, which is hidden from now on
            return False
        # Of two files of one id one hides the other, so the new one would stay hidden beside what is left.
        for standing in CardFolder(self._folder).files():
            if make_slug(standing.stem) == known:
                self._removed.take(standing)
        self._ids = {content: name for content, name in self._ids.items() if name != known}
        return True

    def _write(self, names: Iterator[str], suffix: str, raw: bytes) -> str:
        """Write it under the first name that is free, by now: another import may be taking names in this folder."""
        while True:
            name = next(names)
            path = self._folder / f"{name}{suffix}"
            try:
                taken = name in self._files or any(path.with_suffix(other).exists() for other in CARD_SUFFIXES)
                if taken or not write_new(path, raw):
                    continue
            except OSError as error:
                raise PersonaError(f"{path} can't be written ({error.strerror}).") from error
            self._files[name] = path
            self._new.add(name)
            return name


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


def _content_hash(content: Persona | Lorebook, path: Path) -> str:
    """A character is the same in every container; of a book the file is asked, whose name may be the book's."""
    return content.digest if isinstance(content, Persona) else hashlib.sha256(_bytes_of(path)).hexdigest()
