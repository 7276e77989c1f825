"""What was asked for on the command line, and the context of turns that comes of it."""

from dataclasses import dataclass

import typer
from pydantic import ValidationError

from langgraph_roleplay.context import Context

__all__ = ["Wishes", "chosen_context", "shown"]

_LONGEST_SHOWN = 40
_OPTIONS = {
    "user_name": "--name",
    "user_description": "--as",
    "lorebooks": "--lorebook",
    "story_time": "--story-time",
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
    user_persona: str | None = None
    """Who the user is in the story (`roleplay user`); empty: nobody any more."""
    lorebooks: tuple[str, ...] = ()
    """Beside the character's own; an empty name: none any more."""
    story_time: float | None = None


def chosen_context(wishes: Wishes, **chosen: object) -> Context:
    """The context with what was wished for; what nobody has said keeps its default.

    Args:
        wishes: the knobs that need no looking up.
        chosen: what was found for the others, by the context's field.

    Raises:
        typer.BadParameter: a value is out of bounds; names its option.
    """
    chosen |= {
        "model": wishes.model,
        "thinking": wishes.thinking,
        "language": wishes.language,
        "safety": wishes.safety,
        "recall_size": wishes.recall_size,
    }
    try:
        return Context.model_validate({field: value for field, value in chosen.items() if value not in (None, "", ())})
    except ValidationError as error:
        first = error.errors()[0]
        option = _OPTIONS.get(str(first["loc"][0]))
        raise typer.BadParameter(f"{shown(first['input'])}: {first['msg']}.", param_hint=option) from error


def shown(value: object) -> str:
    """A value in a message, which a long one must not fill."""
    text = str(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
