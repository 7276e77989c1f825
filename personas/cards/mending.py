"""Leniency: what programs write that the specification doesn't allow, where it has one sensible reading.

What has none is left as it is, and the persona model says what it expected there.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from langgraph_roleplay.personas.numbers import as_whole, read_number

__all__ = ["mend_book", "mend_data"]

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a field should be, and how something else is read as that."""

    types: tuple[type, ...]
    word: str
    mend: Callable[[Any], Any]


def mend_data(data: Mapping[str, Any], *, place: str = "") -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a card's fields as the persona model takes them, and one sentence for each kind of mending.

    Args:
        data: the fields, from `data` or from a card of the first version.
        place: where they stand, such as `data.`.
    """
    mended_at: Counter[str] = Counter()
    mended = _mend(_rename(data), _PERSONA, place, mended_at)
    assets = mended.get("assets")
    if isinstance(assets, list):
        mended["assets"] = [_mend(asset, _ASSET, f"{place}assets.", mended_at) for asset in assets if asset is not None]
    book = mended.get("character_book")
    if isinstance(book, Mapping):
        mended["character_book"] = _mend_book(book, f"{place}character_book.", mended_at)
    return mended, _sentences(mended_at)


def mend_book(book: Mapping[str, Any], *, place: str = "") -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a lorebook's fields as its model takes them, and one sentence for each kind of mending."""
    mended_at: Counter[str] = Counter()
    return _mend_book(book, place, mended_at), _sentences(mended_at)


def _mend_book(book: Mapping[str, Any], place: str, mended_at: Counter[str]) -> dict[str, Any]:
    mended: dict[str, Any] = _mend(book, _BOOK, place, mended_at)
    entries = mended.get("entries")
    if isinstance(entries, list):
        mended["entries"] = [
            _mend(entry, _ENTRY, f"{place}entries.*.", mended_at) for entry in entries if entry is not None
        ]
    return mended


def _mend(part: Any, kinds: Mapping[str, _Kind], place: str, mended_at: Counter[str]) -> Any:
    if not isinstance(part, Mapping):
        return part
    mended = dict(part)
    for field, value in part.items():
        kind = kinds.get(field)
        if kind is None or value is None or isinstance(value, kind.types):
            continue
        read = kind.mend(value)
        if read is value:
            continue
        mended_at[f"{place}{field}: {type(value).__name__} read as {kind.word}"] += 1
        if read is _ABSENT:
            del mended[field]
        else:
            mended[field] = read
    for field in _TEXT_LISTS & mended.keys():
        mended[field] = _flat(mended[field])
    return mended


def _sentences(mended_at: Counter[str]) -> tuple[str, ...]:
    names = {"str": "text", "dict": "an object", "list": "a list", "int": "a number", "float": "a number"}
    sentences = []
    for what, count in mended_at.items():
        place, _, rest = what.partition(": ")
        kind, _, after = rest.partition(" ")
        sentences.append(f"{place}: {names.get(kind, kind)} {after}{f' ({count} times)' if count > 1 else ''}.")
    return tuple(sentences)


def _rename(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Pygmalion's programs had names of their own for the fields of the first version."""
    if "name" in data or not isinstance(data.get("char_name"), str):
        return data
    return {
        **data,
        **{ours: data[theirs] for theirs, ours in _PYGMALION.items() if theirs in data and ours not in data},
    }


_PYGMALION = {
    "char_name": "name",
    "char_persona": "description",
    "world_scenario": "scenario",
    "char_greeting": "first_mes",
    "example_dialogue": "mes_example",
}
_TEXT_LISTS = frozenset({"keys", "secondary_keys", "tags", "alternate_greetings", "group_only_greetings", "source"})


def _flat(value: Any) -> Any:
    """Numbers among texts are texts (a year is a good key), and nulls are nothing."""
    if not isinstance(value, list | tuple) or all(isinstance(item, str) for item in value):
        return value
    return [_text(item) for item in value if item is not None]


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return _listed(value)


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return [value] if value.strip() else []
    return list(value.values()) if isinstance(value, Mapping) else value


def _emptied(value: Any) -> Any:
    """An empty list or text where an object belongs, which PHP and form fields make of an empty one."""
    return {} if value in ([], "", False) else value


def _nothing_if_empty(value: Any) -> Any:
    return _ABSENT if value in ([], "", False) else value


def _number(value: Any) -> Any:
    if isinstance(value, float):
        return as_whole(value)
    if not isinstance(value, str):
        return value
    if not value.strip():
        return _ABSENT
    number = read_number(value)
    return value if number is None else number


def _no_less_than_nothing(value: Any) -> Any:
    """Minus one is how some programs write that a limit is off."""
    number = _number(value)
    return _ABSENT if isinstance(number, int | float) and number < 0 else number


def _seconds(value: Any) -> Any:
    read = _number(value)
    if not isinstance(read, str):
        return read
    try:
        date = datetime.fromisoformat(read)
        return int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return value


def _book(value: Any) -> Any:
    return {"entries": value} if isinstance(value, list) and value else _nothing_if_empty(value)


_TEXT = _Kind((str,), "text", _text)
_SPLIT = _Kind((list, tuple), "a list", _split)
_LIST = _Kind((list, tuple), "a list", _listed)
_OBJECT = _Kind((Mapping,), "an object", _emptied)
_NUMBER = _Kind((int,), "a number", _number)
_LIMIT = _Kind((), "a number", _no_less_than_nothing)
_DATE = _Kind((int, float), "seconds", _seconds)
_FLAG = _Kind((bool,), "yes or no", _nothing_if_empty)

_PERSONA = {
    "character_version": _TEXT,
    "creator": _TEXT,
    "tags": _SPLIT,
    "alternate_greetings": _LIST,
    "group_only_greetings": _LIST,
    "source": _LIST,
    "assets": _LIST,
    "extensions": _OBJECT,
    "creator_notes_multilingual": _OBJECT,
    "character_book": _Kind((Mapping,), "a lorebook", _book),
    "creation_date": _DATE,
    "modification_date": _DATE,
}
_ASSET = {"name": _TEXT}
_BOOK = {
    "name": _TEXT,
    "scan_depth": _LIMIT,
    "token_budget": _LIMIT,
    "recursive_scanning": _FLAG,
    "extensions": _OBJECT,
    "entries": _LIST,
}
_ENTRY = {
    "keys": _SPLIT,
    "secondary_keys": _SPLIT,
    "extensions": _OBJECT,
    "insertion_order": _NUMBER,
    "priority": _NUMBER,
    "name": _TEXT,
    "comment": _TEXT,
    **dict.fromkeys(("enabled", "use_regex", "constant", "case_sensitive", "selective"), _FLAG),
}
