"""Recursion: entries whose content speaks of other entries."""

from collections.abc import Iterable
from dataclasses import dataclass

from langgraph_roleplay.personas.card import LoreEntry
from langgraph_roleplay.personas.lore.decorators import Decorators
from langgraph_roleplay.personas.lore.reading import flag_of, whole_of

__all__ = ["Levels", "Recursion", "read_recursion"]


@dataclass(frozen=True, slots=True)
class Recursion:
    """An entry's part in it."""

    reads: bool = False
    """Whether other entries' content can call for it."""
    feeds: bool = False
    """Whether its content can call for others."""
    level: int = 0
    """From which level of recursion on it can be called for at all; 0 is the first scan."""


def read_recursion(entry: LoreEntry, decorators: Decorators, *, recursive: bool) -> Recursion:
    """Read an entry's part; `recursive` is what its book says."""
    fields = entry.extensions
    delay = whole_of(fields, "delay_until_recursion")
    excluded = flag_of(fields, "exclude_recursion") or decorators.has("no_recursive_search")
    feeds = recursive and flag_of(fields, "prevent_recursion") is not True
    return Recursion(
        reads=recursive and not excluded,
        feeds=(feeds or decorators.has("recursive")) and not decorators.has("unrecursive"),
        level=1 if flag_of(fields, "delay_until_recursion") else delay or 0,
    )


class Levels:
    """The levels of recursion that entries wait for: the first is open in any, each other one when nothing is new."""

    def __init__(self, levels: Iterable[int]) -> None:
        self._waiting = sorted(set(levels))
        self._open = self._waiting.pop(0) if self._waiting else 0

    def is_open(self, level: int) -> bool:
        """Whether an entry of this level may be asked for in recursion."""
        return level <= self._open

    def open_next(self) -> bool:
        """Open the next level; False where none waits."""
        if self._waiting:
            self._open = self._waiting.pop(0)
            return True
        return False
