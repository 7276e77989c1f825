"""Reading personas: one table of readers by suffix, and errors that name file and field."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Persona

__all__ = ["CARD_SUFFIXES", "load_persona"]

_MAX_BYTES = 20_000_000
_MAX_DEPTH = 64

_MAGIC = {b"\x89PNG": ".png", b"PK\x03\x04": ".charx"}


def load_persona(source: Path | bytes | Mapping[str, Any], *, label: str = "") -> Persona:
    """Read a persona from a file, from a file's bytes, or from a card that is parsed already.

    Args:
        source: path of a card, its bytes, or its JSON as a mapping; V3, V2 and flat V1 are understood.
        label: what errors call `source` when it is not a path; its stem becomes the persona's id.

    Raises:
        PersonaError: the file can't be read, or a field is wrong; names file, place and what was expected.
    """
    if isinstance(source, Path):
        content = _read_bytes(source)
        return _build(_reader_of(source.suffix.lower(), source.name)(content, source.name), source.name)
    if isinstance(source, bytes):
        label = label or "card"
        if len(source) > _MAX_BYTES:
            raise _too_large(label)
        return _build(_reader_of(_sniff(source), label)(source, label), label)
    return _build(source, label)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _too_large(path.name)
        return path.read_bytes()
    except OSError as error:
        raise PersonaError(f"{path.name[:80]}: can't be read ({error.strerror}).") from error
    except ValueError as error:
        raise PersonaError(f"{path.name[:80]!r}: no file can have this name.") from error


def _too_large(label: str) -> PersonaError:
    return PersonaError(f"{label}: larger than {_MAX_BYTES // 1_000_000} MB, which no card needs to be.")


def _sniff(content: bytes) -> str:
    return next((suffix for magic, suffix in _MAGIC.items() if content.startswith(magic)), ".json")


def _read_json(content: bytes, label: str) -> Mapping[str, Any]:
    try:
        card = json.loads(content.decode("utf-8-sig"))
        json.dumps(card, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise PersonaError(f"{label}: not UTF-8 text (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise PersonaError(
            f"{label}: broken JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except RecursionError as error:
        raise _too_deep(label) from error
    except UnicodeEncodeError as error:
        raise PersonaError(
            f"{label}: holds half a character (a lone \\u{ord(error.object[error.start]):x})."
        ) from error
    except ValueError as error:
        raise PersonaError(f"{label}: broken JSON: a number is too long.") from error
    if not isinstance(card, dict):
        raise PersonaError(f"{label}: expected a JSON object with a character in it.")
    return card


_READERS: dict[str, Callable[[bytes, str], Mapping[str, Any]]] = {".json": _read_json}
CARD_SUFFIXES = frozenset({*_READERS, *_MAGIC.values()})
"""Suffixes of files that are cards, whether they can be read yet or not."""


def _reader_of(suffix: str, label: str) -> Callable[[bytes, str], Mapping[str, Any]]:
    reader = _READERS.get(suffix)
    if reader is None:
        kind = suffix.removeprefix(".").upper() or "such"
        raise PersonaError(f"{label}: {kind} cards can't be read yet; export the character as JSON.")
    return reader


def _build(card: Mapping[str, Any], label: str) -> Persona:
    if _is_deeper(card, _MAX_DEPTH):
        raise _too_deep(label)
    data, path = _unwrap(card, label)
    try:
        return Persona.from_data(data, stem=Path(label).stem)
    except ValidationError as error:
        raise PersonaError(_explain(error, label or "card", path)) from error


def _unwrap(card: Mapping[str, Any], label: str) -> tuple[Mapping[str, Any], str]:
    """Return the character's fields, and where in the file they stand."""
    data = card.get("data")
    if isinstance(data, Mapping) and str(card.get("spec", "")).startswith("lorebook"):
        raise PersonaError(f"{label or 'card'}: this is a lorebook, not a character.")
    if "spec" in card and not isinstance(data, Mapping):
        raise PersonaError(f"{label or 'card'}: data: expected an object with the character's fields.")
    return (data, "data.") if isinstance(data, Mapping) else (card, "")


def _explain(error: ValidationError, label: str, path: str) -> str:
    first = error.errors(include_url=False)[0]
    field = path + ".".join(str(step) for step in first["loc"])
    if first["type"] == "missing":
        return f"{label}: {field} is missing."
    # The models hold tuples, but whoever wrote the JSON knows them as lists.
    expected = first["msg"].replace("tuple", "list").removeprefix("Value error, ")
    return f"{label}: {field}: {expected}."


def _is_deeper(value: Any, limit: int) -> bool:
    """Walk level by level, because recursion is what a deep file attacks."""
    level = [value]
    for _ in range(limit):
        level = [child for part in level for child in _children(part)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _too_deep(label: str) -> PersonaError:
    return PersonaError(f"{label or 'card'}: nested deeper than {_MAX_DEPTH} levels, which no card needs to be.")
