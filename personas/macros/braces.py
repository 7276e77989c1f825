"""Finding macros in a text: braces that belong together, in linear time."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

__all__ = ["Mark", "find_marks"]

# Of three braces the inner two are the macro's, so that {{{char}}} is a name in braces.
_MARK = re.compile(r"\{\{(?!\{)|\}\}|<(?:bot|char|user|group|charifnotgroup)>", re.IGNORECASE | re.ASCII)
_KINDS: dict[str, Literal["open", "close"]] = {"{{": "open", "}}": "close"}


class Mark(NamedTuple):
    """Where a macro begins or ends, or where a name in angle brackets stands."""

    kind: Literal["open", "close", "tag"]
    start: int
    end: int


def find_marks(text: str) -> Iterator[Mark]:
    """The marks of `text` in order; braces without a partner are none."""
    marks = [Mark(_KINDS.get(found[0], "tag"), found.start(), found.end()) for found in _MARK.finditer(text)]
    paired = _paired(marks)
    return (mark for place, mark in enumerate(marks) if mark.kind == "tag" or place in paired)


def _paired(marks: list[Mark]) -> set[int]:
    waiting: list[int] = []
    paired: set[int] = set()
    for place, mark in enumerate(marks):
        if mark.kind == "open":
            waiting.append(place)
        elif mark.kind == "close" and waiting:
            paired |= {place, waiting.pop()}
    return paired
