"""Casting: who plays in a turn, with the lore that is theirs, looked up at most once a second."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lore import Lore, compile_lore
from langgraph_roleplay.personas.trust import TrustedCards
from langgraph_roleplay.settings import Settings

__all__ = ["Casting", "Part"]

_Value = TypeVar("_Value")
_FRESH = 1.0
"""Seconds before files are looked at again: six nodes of a turn ask for the same character."""
_MOST = 256
"""Parts, and compiled lorebooks, that are kept; a server's clients may bring any number of cards."""


@dataclass(frozen=True)
class Part:
    """A character as it plays: its card, the books it knows of, and whether its card may give instructions."""

    persona: Persona
    lore: Lore
    trusted: bool


class Casting:
    """Looks parts up by what a context asks for.

    Args:
        settings: asked at first use.
        personas: where cards and lorebooks are; default: those of the settings.
    """

    def __init__(self, settings: Callable[[], Settings], *, personas: PersonaLibrary | None = None) -> None:
        self._settings = settings
        self._personas = personas
        self._parts: dict[str, tuple[Part, float]] = {}
        self._lores: dict[str, Lore] = {}

    async def part(self, context: Context) -> Part:
        """The part that `context` asks for.

        Raises:
            PersonaError: its card or one of its lorebooks is unknown or broken.
        """
        wanted, now = _name_of(context), time.monotonic()
        known = self._parts.get(wanted)
        if known is None or now - known[1] > _FRESH:
            try:
                known = await asyncio.to_thread(self._look_up, context), now
            except PersonaError:
                if known is None:
                    raise
                # Its file was broken or removed while it speaks: what has been said of the reply is not lost to that.
                known = known[0], now
            _keep(self._parts, wanted, known)
        return known[0]

    def _look_up(self, context: Context) -> Part:
        settings = self._settings()
        if self._personas is None:
            # A client may choose the persona; it must not read files of this machine by that.
            self._personas = PersonaLibrary(settings.cast, allow_paths=False)
        persona = self._personas.get(context.persona)
        worlds = [self._personas.lorebook(name) for name in context.lorebooks]
        books = [persona.character_book, *self._personas.worlds_of(persona), *worlds]
        trusted = persona.digest in settings.trusted_cards or TrustedCards(settings.trusted).allows(persona)
        return Part(persona, self._compiled([book for book in books if book]), trusted)

    def _compiled(self, books: list[Lorebook]) -> Lore:
        written = "\n".join(book.model_dump_json() for book in books)
        key = hashlib.sha256(written.encode()).hexdigest()
        lore = self._lores.get(key) or compile_lore(books)
        _keep(self._lores, key, lore)
        return lore


def _keep(kept: dict[str, _Value], key: str, value: _Value) -> None:
    """Keep the newest; what was asked for last goes last."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > _MOST:
        del kept[next(iter(kept))]


def _name_of(context: Context) -> str:
    written = json.dumps([context.persona, *context.lorebooks], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest() if len(written) > _MOST else written
