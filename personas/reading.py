"""Reading what strangers wrote: files and JSON under caps, with errors that name file and field.

A card or lorebook from the net may be made to harm: too large, too deep, too many parts. Each cap is checked before
the work that it bounds.
"""

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from langgraph_roleplay.errors import PersonaError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_ENTRIES",
    "MAX_TEXT",
    "check_size",
    "explain",
    "read_bytes",
    "read_json",
]

MAX_BYTES = 10_000_000
"""Of a file, and of JSON in one."""
MAX_DEPTH = 64
"""Levels of objects and lists."""
MAX_ENTRIES = 12_000
"""Of a lorebook."""
MAX_TEXT = 1_000_000
"""Characters of one text."""
_MAX_OPENINGS = 200_000
_MAX_COMMAS = 300_000
# An empty object takes three bytes of JSON and sixty-four of memory, so size alone doesn't bound memory.


def read_bytes(path: Path) -> bytes:
    """Return what is in the file.

    Raises:
        PersonaError: it can't be read, or is larger than `MAX_BYTES`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(path.name)
        return path.read_bytes()
    except OSError as error:
        raise PersonaError(f"{path.name[:80]}: can't be read ({error.strerror}).") from error
    except ValueError as error:
        raise PersonaError(f"{path.name[:80]!r}: no file can have this name.") from error


def read_json(content: bytes, label: str) -> dict[str, Any]:
    """Return the JSON object in `content`; `label` is what errors call the file.

    Raises:
        PersonaError: not UTF-8, not JSON, no object, or over a cap; names the place. How deep and long its values
            are is for `check_values` to say, which sees them by their fields.
    """
    check_size(content, label)
    _check_parts(content, label)
    value = _parse(content, label)
    if not isinstance(value, dict):
        raise PersonaError(f"{label}: expected a JSON object.")
    return value


def check_size(content: bytes, label: str) -> None:
    """Raise `PersonaError` when `content` is larger than `MAX_BYTES`."""
    if len(content) > MAX_BYTES:
        raise _too_large(label)


def explain(error: ValidationError, label: str, path: str = "") -> str:
    """Return one sentence on the first thing that is wrong.

    Args:
        error: what pydantic says.
        label: what errors call the file.
        path: where in the file the validated part stands, such as `data.`.
    """
    first = error.errors(include_url=False)[0]
    field = path + ".".join(str(step) for step in first["loc"])
    if first["type"] == "missing":
        return f"{label}: {field} is missing."
    # The models hold tuples, but whoever wrote the JSON knows them as lists.
    expected = first["msg"].replace("tuple", "list").removeprefix("Value error, ")
    return f"{label}: {field}: {expected}."


def _too_large(label: str) -> PersonaError:
    return PersonaError(f"{label}: larger than {MAX_BYTES // 1_000_000} MB, which no card or lorebook needs to be.")


def _too_deep(label: str) -> PersonaError:
    return PersonaError(
        f"{label or 'card'}: nested deeper than {MAX_DEPTH} levels, which no card or lorebook needs to be."
    )


def _check_parts(content: bytes, label: str) -> None:
    if content.count(b"{") + content.count(b"[") > _MAX_OPENINGS or content.count(b",") > _MAX_COMMAS:
        raise PersonaError(f"{label}: more parts than any card or lorebook needs (are there so many entries?).")


def _parse(content: bytes, label: str) -> Any:
    try:
        return json.loads(
            content.decode("utf-8-sig"), strict=False, parse_constant=_refuse_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise PersonaError(f"{label}: not UTF-8 text (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise PersonaError(
            f"{label}: broken JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from error
    except RecursionError as error:
        raise _too_deep(label) from error
    except _NoNumber as error:
        raise PersonaError(f"{label}: broken JSON: {error} is not a number.") from error
    except ValueError as error:
        raise PersonaError(f"{label}: broken JSON: a number is too long.") from error


class _NoNumber(ValueError):
    """What stands for a number is none that JSON can write."""


def _refuse_constant(name: str) -> NoReturn:
    raise _NoNumber(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NoNumber(text[:20])
    return number
