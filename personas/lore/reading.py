"""Fields of other programs, read with suspicion: what has the wrong type is not there."""

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["flag_of", "mapping_of", "number_of", "text_of", "texts_of", "whole_of"]


def number_of(fields: Mapping[str, Any], name: str) -> float | None:
    """Return a finite number, or None."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # A whole number may be too long to be a float at all, so it is compared before it is asked.
    return value if abs(value) <= 2**53 and math.isfinite(value) else None


def whole_of(fields: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number that is not negative, or None."""
    value = number_of(fields, name)
    return None if value is None or value < 0 else int(value)


def flag_of(fields: Mapping[str, Any], name: str) -> bool | None:
    """Return a truth value, or None."""
    value = fields.get(name)
    return value if isinstance(value, bool) else None


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """Return a text without the space around it; empty where there is none."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts_of(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the texts of a list."""
    value = fields.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()


def mapping_of(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object; an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}
