"""The library: the user's own characters and lorebooks first, then the built-in cast."""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Lorebook, Persona, make_slug
from langgraph_roleplay.personas.cards import CARD_SUFFIXES, load_persona
from langgraph_roleplay.personas.folder import CardFolder, Found, path_inside
from langgraph_roleplay.personas.unknown import ambiguous, shown, unknown
from langgraph_roleplay.personas.worlds import has_world, world_named

__all__ = ["PersonaLibrary", "built_in_cast"]


@cache
def built_in_cast() -> tuple[Persona, ...]:
    """Return the characters that come with the package."""
    cards = [card for card in files("langgraph_roleplay.personas.cast").iterdir() if card.name.endswith(".json")]
    return tuple(load_persona(card.read_bytes(), label=card.name) for card in sorted(cards, key=lambda card: card.name))


class PersonaLibrary:
    """Personas by id, name, path or card, and lorebooks by name.

    Files are read again when they change. Reading is short but blocks: call it from a thread in async code.
    """

    def __init__(self, folder: Path | None = None, *, allow_paths: bool = True) -> None:
        """Look in `folder` first, which need not be there.

        Args:
            folder: holds cards and lorebooks.
            allow_paths: False refuses paths that lead out of `folder`, for servers whose callers are strangers.
        """
        self.folder = CardFolder(folder)
        self._allow_paths = allow_paths

    def ids(self) -> tuple[str, ...]:
        """Return every id, the user's own first."""
        return tuple(persona.id for persona in self.list())

    def list(self) -> tuple[Persona, ...]:
        """Return every persona that can be read, the user's own first; an own one hides a built-in of the same id."""
        unique: dict[str, Persona] = {}
        for persona in (*_personas(self.folder.all().values()), *built_in_cast()):
            unique.setdefault(persona.id, persona)
        return tuple(unique.values())

    def broken(self) -> dict[str, str]:
        """Return what is left out: file name to the reason."""
        if trouble := self.folder.trouble():
            return {str(self.folder.path): trouble}
        found = self.folder.all()
        errors = {path.name: str(error) for path, error in found.items() if isinstance(error, PersonaError)}
        return errors | dict(_hidden(found))

    def get(self, ref: str | Mapping[str, Any]) -> Persona:
        """Return the persona of this id, name (in any case) or path, or the one that a card describes.

        Raises:
            PersonaError: there is none, or its card is broken; names the nearest ones and those that are.
        """
        if isinstance(ref, Mapping):
            return load_persona(ref)
        if _looks_like_path(ref):
            return _only_persona(self._at_path(ref, "persona"), ref)
        return self._by_id(ref) or self._by_name(ref)

    def lorebooks(self) -> dict[str, Lorebook]:
        """Return the stand-alone lorebooks of the folder by their ids, which are slugs of the files' names."""
        books: dict[str, Lorebook] = {}
        for path, found in self.folder.all().items():
            if isinstance(found, Lorebook):
                books.setdefault(make_slug(path.stem) or path.stem, found)
        return books

    def lorebook(self, ref: str) -> Lorebook:
        """Return the lorebook of this id, file name or own name, or at this path.

        Raises:
            PersonaError: there is none, or its file is broken; names those that are.
        """
        if _looks_like_path(ref):
            return _only_book(self._at_path(ref, "lorebook"), ref)
        if book := self._book_called(ref):
            return book
        names = {known: book.name for known, book in self.lorebooks().items()}
        raise self._broken_error(ref) or unknown("lorebook", ref, names)

    def worlds_of(self, persona: Persona) -> tuple[Lorebook, ...]:
        """Return the lorebook that a card of SillyTavern names as its world, if it is in the folder.

        SillyTavern also puts a copy of it into the card; a book of the same name in the card stands for it.
        """
        world = world_named(persona)
        book = self._book_called(world) if world and not has_world(persona) else None
        return (book,) if book else ()

    def missing_world(self, persona: Persona) -> str:
        """Return the world that a card names and that is neither in it nor in the folder; empty if none is missing."""
        return "" if has_world(persona) or self.worlds_of(persona) else world_named(persona)

    def _book_called(self, name: str) -> Lorebook | None:
        for path in self._files_called(name):
            if isinstance(found := self.folder.read(path), Lorebook):
                return found
        wanted = name.strip().casefold()
        return next((book for book in self.lorebooks().values() if book.name.strip().casefold() == wanted), None)

    def _by_id(self, ref: str) -> Persona | None:
        """Reads no file but those that are called so: a folder may hold hundreds."""
        for path in self._files_called(ref):
            if isinstance(found := self.folder.read(path), Persona):
                return found
        wanted = (ref.strip().casefold(), make_slug(ref))
        return next((persona for persona in built_in_cast() if persona.id in wanted), None)

    def _by_name(self, ref: str) -> Persona:
        """Nobody is taken silently where several are called so: their ids are asked for."""
        personas, wanted = self.list(), ref.strip().casefold()
        called = [persona for persona in personas if wanted in _names_of(persona)]
        if len(called) == 1:
            return called[0]
        names = {persona.id: persona.display_name for persona in called or personas}
        if called:
            raise ambiguous(ref, names)
        raise self._broken_error(ref) or self._book_error(ref) or unknown("persona", ref, names)

    def _files_called(self, ref: str) -> Iterator[Path]:
        if slug := make_slug(ref):
            yield from (path for path in self.folder.files() if make_slug(path.stem) == slug)

    def _at_path(self, ref: str, kind: str) -> Found:
        path = Path(os.path.expanduser(ref)) if self._allow_paths else path_inside(self.folder.path, ref)
        if path is None:
            raise PersonaError(f"{kind.title()} {shown(ref)} is a path; here {kind}s are chosen by id or name only.")
        return self.folder.read(path)

    def _broken_error(self, ref: str) -> PersonaError | None:
        found = (self.folder.read(path) for path in self._files_called(ref))
        return next((error for error in found if isinstance(error, PersonaError)), None)

    def _book_error(self, ref: str) -> PersonaError | None:
        books = [path for path in self._files_called(ref) if isinstance(self.folder.read(path), Lorebook)]
        return PersonaError(f"{shown(ref)} is a lorebook, not a character.") if books else None


def _names_of(persona: Persona) -> tuple[str, ...]:
    return (persona.id, persona.name.casefold(), persona.display_name.casefold())


def _personas(found: Iterable[Found]) -> Iterator[Persona]:
    return (persona for persona in found if isinstance(persona, Persona))


def _hidden(found: Mapping[Path, Found]) -> Iterator[tuple[str, str]]:
    """Files that say nothing because another one has the same id."""
    first: dict[str, str] = {}
    for path, persona in found.items():
        if isinstance(persona, Persona) and (other := first.setdefault(persona.id, path.name)) != path.name:
            yield path.name, f"{path.name}: hidden by {other}, which has the same id {persona.id}; rename one of them."


def _looks_like_path(ref: str) -> bool:
    return os.sep in ref or "/" in ref or Path(ref).suffix.lower() in CARD_SUFFIXES


def _only_persona(found: Found, ref: str) -> Persona:
    if isinstance(found, PersonaError):
        raise found
    if isinstance(found, Lorebook):
        raise PersonaError(f"{shown(ref)} is a lorebook, not a character.")
    return found


def _only_book(found: Found, ref: str) -> Lorebook:
    if isinstance(found, PersonaError):
        raise found
    book = found.character_book if isinstance(found, Persona) else found
    if book is None:
        raise PersonaError(f"{shown(ref)} is a character without a lorebook.")
    return book
