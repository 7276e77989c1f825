"""Decide what a chat starts from: which thread, who speaks, with which knobs. Light, so that a greeting comes fast."""

import asyncio
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from langgraph_roleplay.cli.counts import counted
from langgraph_roleplay.cli.greeting import greeting_of
from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.cli.wishes import Wishes, chosen_context, shown
from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.users import UserLibrary, UserPersona
from langgraph_roleplay.settings import Settings

if TYPE_CHECKING:
    from langgraph_roleplay.cli.threads import Thread

__all__ = ["Opening", "Wishes", "decide_opening"]

_DEFAULT_PERSONA = "sherlock-holmes"
_LONGEST_ID = 200
_THREAD_ID = re.compile(r"(?![\s-])[^/\\]+(?<!\s)")


@dataclass(frozen=True)
class Opening:
    """What a conversation starts from, or started from when it is resumed."""

    thread: str
    context: Context
    persona: Persona
    greeting: int = 1
    """Which of the persona's greetings it begins with, from 1."""
    resumed: bool = False
    user_persona: str = ""
    """Id of who the user is in the story."""

    @property
    def greeting_text(self) -> str:
        """The greeting as the user sees it; empty if the card has none."""
        return greeting_of(self.persona, self.context, thread=self.thread)

    def notes(self) -> dict[str, str | int | float]:
        """What a thread must carry so that it can be resumed by its id alone."""
        notes: dict[str, str | int | float | None] = {
            "persona_ref": str(self.context.persona),
            "user_name": self.context.user_name,
            "greeting": self.greeting,
            "user_persona": self.user_persona,
            "lorebooks": "\n".join(self.context.lorebooks),  # checkpoints keep plain values alone
            "story_time": self.context.story_time,
        }
        return {name: value for name, value in notes.items() if value is not None and value != ""}


def decide_opening(wishes: Wishes, *, settings: Settings) -> Opening:
    """Find the persona and the thread; a thread that is there brings what it began with.

    Raises:
        PersonaError: there is no such persona, user persona or lorebook.
        SettingsError: the thread belongs to another persona, or can't be read.
        typer.BadParameter: an option's value is out of bounds.
    """
    known = _known(wishes.thread, settings) if wishes.thread is not None else None
    library = PersonaLibrary(settings.cast)
    persona, ref = _choose_persona(wishes, known, library)
    user = _user_persona(wishes, known, settings)
    greeting = _known_greeting(known, persona) if known else _greeting(wishes.greeting, persona)
    return Opening(
        thread=wishes.thread or f"{persona.id}-{secrets.token_hex(4)}",
        context=chosen_context(
            wishes,
            persona=ref,
            greeting=greeting - 1,
            user_name=_user_name(wishes, known, user),
            user_description=user.description if user else None,
            lorebooks=_lorebooks(wishes, known, library),
            story_time=known.story_time if known and wishes.story_time is None else wishes.story_time,
        ),
        persona=persona,
        greeting=greeting,
        resumed=known is not None,
        user_persona=user.id if user else "",
    )


def _known(thread: str, settings: Settings) -> "Thread | None":
    if not _THREAD_ID.fullmatch(thread) or not thread.isprintable() or len(thread) > _LONGEST_ID:
        raise typer.BadParameter(
            f"{shown(thread)} can't be the id of a thread: it is 1 to {_LONGEST_ID} characters, without slashes.",
            param_hint="--thread",
        )
    if not settings.threads.exists():
        return None
    from langgraph_roleplay.cli.threads import find_thread  # noqa: PLC0415 - langgraph takes seconds to import

    return asyncio.run(find_thread(thread, settings=settings))


def _choose_persona(wishes: Wishes, known: "Thread | None", library: PersonaLibrary) -> tuple[Persona, str]:
    ref = _absolute((known.persona if known else wishes.persona) or _DEFAULT_PERSONA)
    persona = library.get(ref)
    if known and wishes.persona and library.get(wishes.persona).id != persona.id:
        raise SettingsError(
            f"Thread {known.id} belongs to {persona.id}, not to {wishes.persona}: leave out the persona or the thread."
        )
    return persona, ref


def _absolute(ref: str) -> str:
    """A path to a card must still lead there when the thread is resumed from another folder."""
    path = Path(ref).expanduser()
    return str(path.resolve()) if path.suffix and path.is_file() else ref


def _user_persona(wishes: Wishes, known: "Thread | None", settings: Settings) -> UserPersona | None:
    wanted = wishes.user_persona if wishes.user_persona is not None else known.user_persona if known else ""
    return UserLibrary(settings.users).get(wanted) if wanted else None


def _user_name(wishes: Wishes, known: "Thread | None", user: UserPersona | None) -> str | None:
    """A thread may have been begun as somebody by another name, who goes on unless somebody else is asked for."""
    asked = user.name if user and wishes.user_persona else None
    return wishes.name or asked or (known.user_name if known else None) or (user.name if user else None)


def _lorebooks(wishes: Wishes, known: "Thread | None", library: PersonaLibrary) -> tuple[str, ...]:
    wanted = [_absolute(name) for name in wishes.lorebooks or (known.lorebooks if known else ()) if name]
    for name in wanted:
        library.lorebook(name)
    return tuple(dict.fromkeys(wanted))


def _greeting(number: int | None, persona: Persona) -> int:
    if number is not None and not 1 <= number <= len(persona.greetings):
        raise typer.BadParameter(
            visible(f"{persona.display_name} has {counted(len(persona.greetings), 'greeting', 'greetings')}."),
            param_hint="--greeting",
        )
    return number or 1


def _known_greeting(known: "Thread", persona: Persona) -> int:
    """The card may have lost a greeting since."""
    return known.greeting if known.greeting <= len(persona.greetings) else 1
