"""Foreign fields, column by column: what they call it, what we call it, and what may stand there.

People edit these files by hand and programs of ten years write them, so numbers may be text, text may be a number,
and a list of keys may be one text with commas.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.numbers import read_number

__all__ = ["Column", "Kind", "Place", "as_entries", "as_mapping", "read_columns", "write_columns"]

Kind = Literal["text", "texts", "commas", "number", "flag", "not", "id", "any"]
"""`commas` is a list that they write as one text; `not` a flag that says the opposite of ours."""

_MAX_KEYS = 1_000
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0", ""})


class Place(NamedTuple):
    """Where in a file something stands, for errors."""

    label: str
    path: str = ""

    def at(self, step: str | int) -> "Place":
        """Return the place of a field or item in here."""
        return Place(self.label, f"{self.path}.{step}".removeprefix("."))

    def expected(self, what: str) -> PersonaError:
        """Return the error that something else stands here."""
        return self.error(f"{self.label}: {self.path[:200]}: expected {what}.")

    @staticmethod
    def error(sentence: str) -> PersonaError:
        """Return the error on one line: names in a file may be of any length, and hold line breaks."""
        return PersonaError(" ".join(sentence.split())[:400])


@dataclass(frozen=True, slots=True)
class Column:
    """A field that both sides know."""

    theirs: str
    ours: str
    kind: Kind = "any"


def read_columns(
    source: Mapping[str, Any], columns: Sequence[Column], place: Place, *, nulls: bool = False
) -> dict[str, Any]:
    """Return our fields of those in `source`; null counts as not there, or stays null where `nulls` is set.

    Raises:
        PersonaError: a field holds what can't be read as its kind; names file and field.
    """
    read = {}
    for column in columns:
        value = source.get(column.theirs)
        if value is not None and type(value) not in _AS_IT_IS[column.kind]:
            value = _READERS[column.kind](value, place.at(column.theirs))
        if value is not None or (nulls and column.theirs in source):
            read[column.ours] = value
    return read


def write_columns(values: Mapping[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """Return their fields of those in `values`."""
    return {
        column.theirs: _write(values[column.ours], column.kind)
        for column in columns
        if values.get(column.ours) is not None
    }


def as_mapping(value: Any, place: Place) -> Mapping[str, Any]:
    """Return `value` if it is an object, nothing if it is not there.

    Raises:
        PersonaError: it is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise place.expected("an object")
    return value


def as_entries(value: Any, place: Place) -> list[Mapping[str, Any]]:
    """Return `value` if it is a list of objects, nothing if it is not there.

    Raises:
        PersonaError: it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise place.expected("a list of entries")
    return [as_mapping(entry, place.at(index)) for index, entry in enumerate(value)]


def _write(value: Any, kind: Kind) -> Any:
    match kind:
        case "texts":
            return list(value)
        case "commas":
            return ", ".join(value)
        case "not":
            return not value
        case _:
            return value


def _text(value: Any, place: Place) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise place.expected("text")
    return str(value)


def _texts(value: Any, place: Place) -> list[str]:
    items = _text(value, place).split(",") if isinstance(value, str | int | float) else value
    if not isinstance(items, list | tuple):
        raise place.expected("a list of texts")
    if len(items) > _MAX_KEYS:
        raise place.expected(f"at most {_MAX_KEYS:,} texts")
    texts = [item if isinstance(item, str) else _text(item, place.at(index)) for index, item in enumerate(items)]
    return [text.strip() for text in texts if text.strip()] if isinstance(value, str) else texts


def _number(value: Any, place: Place) -> int | float | None:
    if value == "":
        return None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    number = read_number(value) if isinstance(value, str) else None
    if number is None:
        raise place.expected("a number")
    return number


def _flag(value: Any, place: Place) -> bool:
    if isinstance(value, bool | int | float):
        return bool(value)
    word = value.strip().casefold() if isinstance(value, str) else None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise place.expected("true or false")


def _not(value: Any, place: Place) -> bool:
    return not _flag(value, place)


def _id(value: Any, place: Place) -> int | str | None:
    """Return what can name an entry; anything else is only kept."""
    return value if type(value) in (int, str) else None


def _any(value: Any, place: Place) -> Any:
    return value


_READERS: Mapping[Kind, Callable[[Any, Place], Any]] = {
    "text": _text,
    "texts": _texts,
    "commas": _texts,
    "number": _number,
    "flag": _flag,
    "not": _not,
    "id": _id,
    "any": _any,
}
_AS_IT_IS: Mapping[Kind, tuple[type, ...]] = dict.fromkeys(_READERS, ()) | {
    "text": (str,),
    "number": (int, float),
    "flag": (bool,),
}
"""What needs no reading, which is nearly everything of ten thousand entries."""
