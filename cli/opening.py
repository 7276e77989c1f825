"""Decide what a chat starts from: which thread, who speaks, with which knobs. Light, so that a greeting comes fast."""

import asyncio
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import ValidationError

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.personas import Persona, PersonaLibrary, substitute
from langgraph_roleplay.settings import Settings

if TYPE_CHECKING:
    from langgraph_roleplay.cli.threads import Thread

__all__ = ["Opening", "Wishes", "decide_opening"]

_DEFAULT_PERSONA = "sherlock-holmes"
_LONGEST_ID = 200
_LONGEST_SHOWN = 40
_THREAD_ID = re.compile(r"(?![\s-])[^/\\]+(?<!\s)")
_OPTIONS = {
    "user_name": "--name",
    "thinking": "--thinking",
    "language": "--language",
    "safety": "--safety",
    "recall_size": "--recall-size",
}


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line; None means not said."""

    persona: str | None = None
    thread: str | None = None
    name: str | None = None
    model: str | None = None
    thinking: str | None = None
    language: str | None = None
    safety: str | None = None
    recall_size: int | None = None
    greeting: int | None = None


@dataclass(frozen=True)
class Opening:
    """What a conversation starts from, or started from when it is resumed."""

    thread: str
    context: Context
    persona: Persona
    greeting: int = 1
    """Which of the persona's greetings it begins with, from 1."""
    resumed: bool = False

    @property
    def greeting_text(self) -> str:
        """The greeting as the user sees it; empty if the card has none."""
        chosen = self.persona.greetings[self.greeting - 1 : self.greeting]
        return substitute("".join(chosen), char=self.persona.display_name, user=self.context.user_name)

    def notes(self) -> dict[str, str | int]:
        """What a thread must carry so that it can be resumed by its id alone."""
        return {"persona_ref": self.context.persona, "user_name": self.context.user_name, "greeting": self.greeting}


def decide_opening(wishes: Wishes, *, settings: Settings) -> Opening:
    """Find the persona and the thread; a thread that is there brings its own persona, user name and greeting.

    Raises:
        PersonaError: there is no such persona.
        SettingsError: the thread belongs to another persona, or can't be read.
        typer.BadParameter: an option's value is out of bounds.
    """
    known = _known(wishes.thread, settings) if wishes.thread is not None else None
    persona, ref = _choose_persona(wishes, known, PersonaLibrary(settings.personas))
    return Opening(
        thread=wishes.thread or f"{persona.id}-{secrets.token_hex(4)}",
        context=_context(wishes, ref, known),
        persona=persona,
        greeting=known.greeting if known else _greeting(wishes.greeting, persona),
        resumed=known is not None,
    )


def _known(thread: str, settings: Settings) -> "Thread | None":
    if not _THREAD_ID.fullmatch(thread) or not thread.isprintable() or len(thread) > _LONGEST_ID:
        raise typer.BadParameter(
            f"{_shown(thread)} can't be the id of a thread: it is 1 to {_LONGEST_ID} characters, without slashes.",
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


def _context(wishes: Wishes, ref: str, known: "Thread | None") -> Context:
    chosen = {
        "persona": ref,
        "user_name": wishes.name or (known.user_name if known else None),
        "model": wishes.model,
        "thinking": wishes.thinking,
        "language": wishes.language,
        "safety": wishes.safety,
        "recall_size": wishes.recall_size,
    }
    try:
        return Context.model_validate({field: value for field, value in chosen.items() if value not in (None, "")})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        raise typer.BadParameter(
            f"{_shown(first['input'])}: {first['msg']}.", param_hint=_OPTIONS.get(field)
        ) from error


def _shown(value: object) -> str:
    """A value in a message, which a long one must not fill."""
    text = str(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def _greeting(number: int | None, persona: Persona) -> int:
    if number is not None and not 1 <= number <= len(persona.greetings):
        raise typer.BadParameter(
            f"{persona.display_name} has {len(persona.greetings)} greetings.", param_hint="--greeting"
        )
    return number or 1
