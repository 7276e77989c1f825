"""Loading a persona: from a container to its JSON, mended where that is sensible, to the model."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import CardOrigin, Persona
from langgraph_roleplay.personas.cards.containers import opened, read_card
from langgraph_roleplay.personas.cards.found import Found
from langgraph_roleplay.personas.cards.limits import check_assets, check_entries, check_values
from langgraph_roleplay.personas.cards.mending import mend_data
from langgraph_roleplay.personas.reading import explain

__all__ = ["load_persona"]

_NEWEST = 3.0
_WRAPPERS = ("data", "spec", "spec_version")


def load_persona(source: str | os.PathLike[str] | bytes | Mapping[str, Any], *, label: str = "") -> Persona:
    """Read a persona from a file, from a file's bytes, or from a card that is parsed already.

    PNG, APNG, JSON, CHARX, and CHARX behind a JPEG are told apart by their bytes; V3, V2 and flat V1 are understood.
    What was odd and could be read all the same is in `Persona.notices`. Nothing is fetched, nothing is unpacked.

    Args:
        source: path of a card, its bytes, or its JSON as a mapping.
        label: what errors call `source` when it is not a path; its stem becomes the persona's id.

    Raises:
        PersonaError: the file can't be read, or a field is wrong; names file, place and what was expected.
    """
    if isinstance(source, Mapping):
        return _build(Found(source), label, None)
    path = None if isinstance(source, bytes) else Path(source)
    label = label if path is None else path.name[:80]
    with opened(source if isinstance(source, bytes) else Path(source), label or "card") as (file, kind):
        found = read_card(file, kind, label or "card")
    return _build(found, path.name if path else label, None if kind == "json" else path)


def _build(found: Found, name: str, path: Path | None) -> Persona:
    label = name[:80] or "card"
    data, place = _unwrap(found.card, label)
    check_values({key: value for key, value in found.card.items() if key != "data"} if place else data, label)
    if place:
        check_values(data, label, place)
    check_entries(data.get("character_book"), label, f"{place}character_book")
    check_assets(data.get("assets"), label, f"{place}assets")
    mended, mendings = mend_data(data, place=place)
    siblings = {key: value for key, value in found.card.items() if key not in _WRAPPERS} if place else {}
    origin = CardOrigin(
        path=path.expanduser().absolute() if path else None,
        spec=str(found.card.get("spec") or "") if place else "",
        siblings=siblings,
        notices=(*found.notices, *_newer(found.card), *mendings),
    )
    try:
        return Persona.from_data(mended, stem=Path(name).stem, origin=origin)
    except ValidationError as error:
        # A name in the card may be of any length, and hold line breaks.
        raise PersonaError(" ".join(explain(error, label, place).split())[:300]) from error


def _unwrap(card: Mapping[str, Any], label: str) -> tuple[Mapping[str, Any], str]:
    """Return the character's fields, and where in the file they stand."""
    data = card.get("data")
    if isinstance(data, Mapping) and str(card.get("spec", "")).startswith("lorebook"):
        raise PersonaError(f"{label}: this is a lorebook, not a character.")
    if isinstance(data, Mapping):
        return data, "data."
    if "spec" in card and "name" not in card:
        raise PersonaError(f"{label}: data: expected an object with the character's fields.")
    return card, ""


def _newer(card: Mapping[str, Any]) -> tuple[str, ...]:
    """A version is compared as a number, as the specification wants it."""
    try:
        version = float(card.get("spec_version") or 0)
    except (TypeError, ValueError, OverflowError):
        return ()
    if not version > _NEWEST:
        return ()
    return (f"It is of version {version:g}, newer than {_NEWEST:g}: what is not known is kept and does nothing.",)
