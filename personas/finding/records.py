"""What the library holds, and what a search in it gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Attached", "FoundPersona", "Progress"]

Progress: TypeAlias = Callable[[int, int], object]
"""Takes how many are done, and of how many."""


@dataclass(frozen=True)
class Attached:
    """A document that stands behind a character."""

    id: str
    title: str
    source: str
    """Name of the file it was read from."""
    hash: str
    """Of its content."""
    passages: int
    chapters: int
    """How many moments of the story it tells of; 0: it is known all along."""
    outcome: str = "kept"
    """What attaching did: `attached`, `replaced` (the file had changed) or `kept` (it was there already)."""


@dataclass(frozen=True)
class FoundPersona:
    """A character that a search found."""

    id: str
    name: str
    score: float
    """How far it stands out among the cast, in standard deviations; higher is better."""
    why: str
    """The words of its card that met words of the query."""
