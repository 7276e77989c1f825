"""Personas of the user from SillyTavern: the backup of its personas, or its whole settings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.macros import substitute

__all__ = ["Arrival", "read_export"]

_LARGEST = 20_000_000
_MOST = 1000


@dataclass(frozen=True)
class Arrival:
    """A persona as the other program has it, not yet checked."""

    name: str
    description: str


def read_export(content: bytes, *, label: str) -> tuple[Arrival, ...]:
    """Read the personas of an export.

    Their macro `{{user}}` becomes their name, because it is their own text and nobody expands it later.

    Args:
        content: JSON with `personas` (name by picture) and `persona_descriptions` (text by picture), at its top or
            in `power_user`.
        label: what errors call it.

    Raises:
        PersonaError: it is none; says what was expected.
    """
    if len(content) > _LARGEST:
        raise PersonaError(f"{label}: larger than {_LARGEST // 1_000_000} MB.")
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise PersonaError(f"{label}: no JSON that can be read.") from error
    for place in (data, _object(data).get("power_user")):
        names = _object(place).get("personas")
        if isinstance(names, Mapping):
            return _arrivals(names, _object(_object(place).get("persona_descriptions")), label)
    raise PersonaError(f"{label}: personas: expected an object of names, as in SillyTavern's backup of personas.")


def _arrivals(names: Mapping[str, Any], texts: Mapping[str, Any], label: str) -> tuple[Arrival, ...]:
    if len(names) > _MOST:
        raise PersonaError(f"{label}: personas: more than {_MOST:,}.")
    return tuple(_each(names, texts))


def _each(names: Mapping[str, Any], texts: Mapping[str, Any]) -> Iterator[Arrival]:
    for picture, name in names.items():
        known = texts.get(picture)
        text = known if isinstance(known, str) else _object(known).get("description")
        said = name if isinstance(name, str) else ""
        # The character is another in every story, so its macro is left to the reader of the text.
        yield Arrival(said, substitute(text, char="{{char}}", user=said) if isinstance(text, str) else "")


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
