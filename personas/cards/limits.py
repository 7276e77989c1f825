"""What a card may hold: caps that hold for a file's JSON and for a mapping that a caller hands over alike."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.reading import MAX_DEPTH, MAX_ENTRIES, MAX_TEXT

__all__ = ["Room", "check_assets", "check_entries", "check_values"]

_MAX_FIELDS = 1_000
_MAX_VALUES = 400_000
_MAX_ASSETS = 5_000
_MAX_FILES = 256_000_000
_MAX_BITS = 14_000
# About 4,200 digits; Python writes no whole number of more than 4,300.
_JSON = (str, int, float, list, tuple, Mapping, type(None))


@dataclass
class Room:
    """Bytes that the files of one card may still take in memory, where all of them are while it is written."""

    left: int = _MAX_FILES

    def take(self, size: int, label: str) -> None:
        """Count a file that was read; raises PersonaError, naming `label`, once they are too large together."""
        self.left -= size
        if self.left < 0:
            raise PersonaError(f"{label}: assets of more than {_MAX_FILES // 1_000_000} MB.")


def check_values(fields: Mapping[str, Any], label: str, place: str = "") -> None:
    """Raise when a field holds what JSON can't, or more than a card needs.

    Args:
        fields: the card, or its `data`.
        label: what errors call the card.
        place: where `fields` stands, such as `data.`.

    Raises:
        PersonaError: too deep, too many values, too long a text, half a character, or no JSON; names the field.
    """
    if len(fields) > _MAX_FIELDS:
        raise PersonaError(f"{label}: {place or 'card.'}*: {len(fields):,} fields; at most {_MAX_FIELDS:,} are read.")
    for field, value in fields.items():
        fault = _fault_of_names([field]) or _find_fault(value)
        if fault:
            name = " ".join(str(field)[:80].encode(errors="replace").decode().split())
            raise PersonaError(f"{label}: {place}{name}: {fault}.")


def check_entries(book: Any, label: str, place: str) -> None:
    """Raise when a lorebook has more entries than `MAX_ENTRIES`; `place` is where it stands.

    Raises:
        PersonaError: it has; names the field and both numbers.
    """
    entries = book.get("entries") if isinstance(book, Mapping) else book
    _check_count(entries, MAX_ENTRIES, label, f"{place}.entries")


def check_assets(assets: Any, label: str, place: str) -> None:
    """Raise when a card has more assets than are read; `place` is where they stand.

    Raises:
        PersonaError: it has; names the field and both numbers.
    """
    _check_count(assets, _MAX_ASSETS, label, place)


def _check_count(value: Any, limit: int, label: str, place: str) -> None:
    if isinstance(value, Mapping | list | tuple) and len(value) > limit:
        raise PersonaError(f"{label}: {place}: {len(value):,} entries; at most {limit:,} are read.")


def _find_fault(value: Any) -> str | None:
    """Walk level by level, because recursion is what a deep file attacks, and by type, because that is fast."""
    level, seen = [value], 0
    for _ in range(MAX_DEPTH):
        seen += len(level)
        if seen > _MAX_VALUES:
            return f"more than {_MAX_VALUES:,} values in it"
        # Asking for an abstract type is slow, and here are a few types and very many values.
        mappings = tuple(kind for kind in set(map(type, level)) if issubclass(kind, Mapping))
        objects = [part for part in level if isinstance(part, mappings)]
        names = [name for part in objects for name in part]
        if fault := _fault_of_types(level) or _fault_of_names(names) or _fault_of_leaves(level):
            return fault
        level = [child for part in objects for child in part.values()] + [
            child for part in level if isinstance(part, list | tuple) for child in part
        ]
        if not level:
            return None
    return f"nested deeper than {MAX_DEPTH} levels"


def _fault_of_types(values: list[Any]) -> str | None:
    odd = next((kind for kind in set(map(type, values)) if not issubclass(kind, _JSON)), None)
    return f"expected what JSON can hold, not {odd.__name__}" if odd else None


def _fault_of_names(names: list[Any]) -> str | None:
    return _fault_of_texts(names) if set(map(type, names)) <= {str} else "expected texts as names"


def _fault_of_leaves(values: list[Any]) -> str | None:
    if not all(math.isfinite(value) for value in values if isinstance(value, float)):
        return "expected a number that is finite"
    if any(value.bit_length() > _MAX_BITS for value in values if isinstance(value, int)):
        return "a number is too long"
    return _fault_of_texts([value for value in values if isinstance(value, str)])


def _fault_of_texts(texts: list[str]) -> str | None:
    if max(map(len, texts), default=0) > MAX_TEXT and any(map(_is_too_long, texts)):
        return f"longer than {MAX_TEXT:,} characters"
    try:
        for text in itertools.filterfalse(str.isascii, texts):
            text.encode()
    except UnicodeEncodeError:
        return "holds half a character"
    return None


def _is_too_long(text: str) -> bool:
    # The bytes of a picture are long and no burden: they reach no prompt.
    return len(text) > MAX_TEXT and not text.startswith("data:")
