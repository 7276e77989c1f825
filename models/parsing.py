"""Finding an answer with known fields in what a model wrote: JSON, JSON among other text, or `key: value` lines."""

import json
import re
from itertools import islice
from typing import Any

from langchain_core.utils.json import parse_partial_json

__all__ = ["find_json", "find_lines", "read_json"]

_BRACES = 20
"""How many openings are tried; a model that talks in braces has nothing to say."""
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def read_json(text: str) -> dict[str, Any] | None:
    """The object that `text` is, if it is one and nothing else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def find_json(text: str) -> dict[str, Any] | None:
    """The first object in `text`: in prose or fences, with trailing commas, or cut off at its end."""
    for brace in islice(re.finditer(r"\{", text), _BRACES):
        found = _object_at(text[brace.start() :])
        if found:
            return found
    return None


def _object_at(text: str) -> dict[str, Any] | None:
    mended = _TRAILING_COMMA.sub(r"\1", text)
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(mended)
    except ValueError:
        try:
            found = parse_partial_json(mended)
        except ValueError:
            return None
    return found if isinstance(found, dict) else None


def find_lines(text: str, fields: list[str]) -> dict[str, Any] | None:
    """What stands behind `field:` at a line's start, bullets, bold and quotes taken off; later lines belong to it."""
    names = "|".join(re.escape(field) for field in fields)
    heads = list(re.finditer(rf"^[\s>*_#-]*[\"'`]?({names})[\"'`]?[\s*_]*[:=]", text, re.IGNORECASE | re.MULTILINE))
    ends = [*(head.start() for head in heads), len(text)][1:]
    by_lower = {field.lower(): field for field in fields}
    found: dict[str, Any] = {}
    for head, end in zip(heads, ends, strict=True):
        value = " ".join(text[head.end() : end].split()).strip("*_`\"', ")
        if value:
            found.setdefault(by_lower[head[1].lower()], value)
    return found or None
