"""A remark on a card."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Flag", "Kind", "excerpt_at"]

Kind = Literal["acts_for_user", "orders", "outside_files", "markup", "minor", "long", "scripts"]

_EXCERPT = 90


@dataclass(frozen=True, slots=True)
class Flag:
    """Something in a card that a person should know."""

    kind: Kind
    field: str
    """Where it is, such as `first_mes` or `alternate_greetings.1`."""
    sentence: str
    """What it is and what becomes of it, for a person."""
    excerpt: str = ""
    """The words it is about, on one line."""

    def __str__(self) -> str:
        return f"{self.sentence} ({self.field}: {self.excerpt})" if self.excerpt else f"{self.sentence} ({self.field})"


def excerpt_at(text: str, start: int) -> str:
    """What stands at `start`, on one line, at most ninety characters."""
    words = " ".join(text[start : start + 4 * _EXCERPT].split())
    return words if len(words) <= _EXCERPT else f"{words[: _EXCERPT - 1]}…"
