"""The library: the user's own personas first, then the built-in cast."""

import os
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Persona, make_slug
from langgraph_roleplay.personas.files import CARD_SUFFIXES, load_persona

__all__ = ["PersonaLibrary"]

_Stamp = tuple[int, int]
_NAMED = 20
"""How many personas an error names."""


@cache
def _built_in_cast() -> tuple[Persona, ...]:
    cards = [card for card in files("langgraph_roleplay.personas.cast").iterdir() if card.name.endswith(".json")]
    return tuple(load_persona(card.read_bytes(), label=card.name) for card in sorted(cards, key=lambda card: card.name))


class PersonaLibrary:
    """Personas by id, name or path.

    Files are read again when they change. Reading is short but blocks: call it from a thread in async code.
    """

    def __init__(self, folder: Path | None = None, *, allow_paths: bool = True) -> None:
        """Look in `folder` first; `allow_paths=False` refuses paths, for servers whose callers are strangers."""
        self._folder = folder
        self._allow_paths = allow_paths
        self._read: dict[Path, tuple[_Stamp, Persona | PersonaError]] = {}

    def ids(self) -> tuple[str, ...]:
        """Return every id, the user's own first."""
        return tuple(persona.id for persona in self.list())

    def list(self) -> tuple[Persona, ...]:
        """Return every persona that can be read, the user's own first; an own one hides a built-in of the same id."""
        own = [persona for persona in self._own().values() if isinstance(persona, Persona)]
        unique: dict[str, Persona] = {}
        for persona in (*own, *_built_in_cast()):
            unique.setdefault(persona.id, persona)
        return tuple(unique.values())

    def broken(self) -> dict[str, str]:
        """Return what `list` left out: file name to the reason."""
        if self._folder is not None and not self._folder.is_dir():
            return {str(self._folder): "ROLEPLAY_PERSONAS is not a folder."}
        return {path.name: str(error) for path, error in self._own().items() if isinstance(error, PersonaError)}

    def get(self, ref: str) -> Persona:
        """Return the persona of this id, name (in any case) or path to a card.

        Raises:
            PersonaError: there is none, or its file is broken; names the nearest ones and those that are.
        """
        if _looks_like_path(ref):
            return self._load_path(ref)
        personas = self.list()
        wanted, slug = ref.strip().casefold(), make_slug(ref)
        for persona in personas:
            if persona.id in (wanted, slug):
                return persona
        for persona in personas:
            if wanted in (persona.name.casefold(), persona.display_name.casefold()):
                return persona
        raise self._broken_error(slug) or _unknown(ref, personas)

    def _load_path(self, ref: str) -> Persona:
        if not self._allow_paths:
            raise PersonaError(f"Persona {ref!r} is a path; here personas are chosen by id or name only.")
        return load_persona(Path(os.path.expanduser(ref)))

    def _broken_error(self, slug: str) -> PersonaError | None:
        for path, found in self._own().items():
            if isinstance(found, PersonaError) and make_slug(path.stem) == slug:
                return found
        return None

    def _own(self) -> dict[Path, Persona | PersonaError]:
        if self._folder is None or not self._folder.is_dir():
            return {}
        paths = sorted(path for path in self._folder.iterdir() if path.suffix.lower() in CARD_SUFFIXES)
        return {path: self._load_cached(path) for path in paths}

    def _load_cached(self, path: Path) -> Persona | PersonaError:
        stamp = _stamp(path)
        known = self._read.get(path)
        if known and known[0] == stamp:
            return known[1]
        found: Persona | PersonaError
        try:
            found = load_persona(path)
        except PersonaError as error:
            found = error
        self._read[path] = (stamp, found)
        return found


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def _looks_like_path(ref: str) -> bool:
    return os.sep in ref or "/" in ref or Path(ref).suffix.lower() in CARD_SUFFIXES


def _unknown(ref: str, personas: tuple[Persona, ...]) -> PersonaError:
    known = {name.casefold(): persona.id for persona in personas for name in (persona.id, persona.display_name)}
    near = list(dict.fromkeys(known[name] for name in get_close_matches(ref.casefold(), known, n=3, cutoff=0.5)))
    hint = f"did you mean {' or '.join(near)}?" if near else "no name comes near."
    shown = ref if len(ref) <= 80 else f"{ref[:80]}…"
    ids = [persona.id for persona in personas]
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return PersonaError(f"No persona {shown!r}: {hint} There are {', '.join(ids[:_NAMED])}{more}.")
