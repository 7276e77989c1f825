"""Casting: who plays in a turn, with the lore that is theirs, looked up at most once a second."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lore import Lore, compile_lore
from langgraph_roleplay.personas.trust import is_trusted
from langgraph_roleplay.settings import Settings

__all__ = ["Casting", "Part"]

_FRESH = 1.0
"""Seconds before files are looked at again: six nodes of a turn ask for the same character."""
_SPARED = 60.0
"""Seconds for which a character whose file was broken or removed finishes what it was saying."""
_ROOM = 60_000
"""Entries of lore that are kept ready, some 3 kB each; a card counts as a few of them."""
_CARD = 20
_ENTRY = 3_000
"""Characters of a card that weigh as much as an entry."""


@dataclass(frozen=True)
class Part:
    """A character as it plays: its card, the books it knows of, and whether its card may give instructions."""

    persona: Persona
    books: tuple[Lorebook, ...]
    lore: Lore
    trusted: bool


@dataclass(frozen=True)
class _Known:
    """A part, when its files were last looked at, and since when they can't be read (monotonic seconds)."""

    part: Part
    looked: float
    weight: int
    failing: float | None = None


class Casting:
    """Looks parts up by what a context asks for.

    Args:
        settings: asked at first use.
        personas: where cards and lorebooks are; default: those of the settings.
    """

    def __init__(self, settings: Callable[[], Settings], *, personas: PersonaLibrary | None = None) -> None:
        self._settings = settings
        self._personas = personas
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    async def part(self, context: Context) -> Part:
        """The part that `context` asks for.

        Raises:
            PersonaError: its card or one of its lorebooks is unknown or broken.
        """
        known = self._known.get(context.casting)
        if known is None or time.monotonic() - known.looked > _FRESH:
            known = await asyncio.to_thread(self._look_up, context, known)
        return known.part

    def _look_up(self, context: Context, known: _Known | None) -> _Known:
        try:
            part = self._read(context, known.part if known else None)
            found = _Known(part, time.monotonic(), _weight(part))
        except PersonaError:
            since = (known.failing if known else None) or time.monotonic()
            if known is None or time.monotonic() - since > _SPARED:
                raise
            # What has been said of the reply is not lost to a file that goes away; what it may do is asked anew.
            part = replace(known.part, trusted=is_trusted(known.part.persona, self._settings()))
            found = replace(known, part=part, looked=time.monotonic(), failing=since)
        self._keep(context.casting, found)
        return found

    def _read(self, context: Context, before: Part | None) -> Part:
        settings = self._settings()
        if self._personas is None:
            # A client may choose the persona; it must not read files of this machine by that.
            self._personas = PersonaLibrary(settings.cast, allow_paths=False)
        inline = not isinstance(context.persona, str)
        persona = before.persona if before and inline else self._personas.get(context.persona)
        worlds = [self._personas.lorebook(name) for name in context.lorebooks]
        own = [persona.character_book] if persona.character_book else []
        books = (*own, *self._personas.worlds_of(persona), *worlds)
        same = before is not None and [*map(id, books)] == [*map(id, before.books)]
        lore = before.lore if before and same else compile_lore(books)
        return Part(persona, books, lore, is_trusted(persona, settings))

    def _keep(self, name: str, found: _Known) -> None:
        """Keep the newest; clients may bring any number of cards of any size."""
        with self._lock:
            self._known.pop(name, None)
            self._known[name] = found
            while len(self._known) > 1 and sum(known.weight for known in self._known.values()) > _ROOM:
                del self._known[next(iter(self._known))]


def _weight(part: Part) -> int:
    persona = part.persona
    texts = (persona.description, persona.personality, persona.scenario, persona.mes_example, *persona.greetings)
    return _CARD + sum(len(book.entries) for book in part.books) + sum(map(len, texts)) // _ENTRY
