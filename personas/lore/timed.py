"""What lasts beyond a turn: sticky, cooldown, and what a first match turns on or off for good.

The state says when an entry fired: after how many messages, and at which message of the branch. Where that message
is not on the branch any more, or was the last one (the reply is asked for anew), the entry never fired; a branch has
what fired before the fork, because those messages are its own. A reply that is carried on becomes another message, so
what fires then has fired at the message before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langgraph_roleplay.personas.card import LoreEntry
from langgraph_roleplay.personas.lore.decorators import Decorators
from langgraph_roleplay.personas.lore.reading import text_of, whole_of
from langgraph_roleplay.personas.lore.records import LoreScan

__all__ = ["Past", "Timing", "read_timing"]


@dataclass(frozen=True, slots=True)
class Timing:
    """How an entry behaves over time, counted in messages."""

    sticky: int = 0
    """It stays for so many after it fired, its own included."""
    cooldown: int = 0
    """It does not fire for so many, once it is not sticky any more."""
    delay: int = 0
    """It does not fire before there are so many."""
    stays: bool = False
    """Once it fired it is always on."""
    once: bool = False
    """Once it fired it never does again."""

    @property
    def lasts(self) -> bool:
        """Whether it matters later that it fired."""
        return self.sticky > 0 or self.cooldown > 0 or self.stays or self.once

    def matters(self, age: int) -> bool:
        """Whether it still matters after `age` messages that it fired."""
        return self.stays or self.once or age < self.sticky + self.cooldown

    def holds(self, age: int) -> bool:
        """Whether an entry that fired `age` messages ago is still on."""
        return age < self.sticky or self.stays

    def rests(self, age: int) -> bool:
        """Whether an entry that fired `age` messages ago may not fire."""
        return not self.holds(age) and self.matters(age)


def read_timing(entry: LoreEntry, decorators: Decorators) -> Timing:
    """Read how an entry behaves over time."""
    return Timing(
        sticky=whole_of(entry.extensions, "sticky") or 0,
        cooldown=whole_of(entry.extensions, "cooldown") or 0,
        delay=whole_of(entry.extensions, "delay") or 0,
        stays=decorators.has("keep_activate_after_match"),
        once=decorators.has("dont_activate_after_match"),
    )


class Past:
    """What fired earlier on this branch."""

    def __init__(self, state: Mapping[str, Any], scan: LoreScan) -> None:
        self._state = state
        self._branch = scan.branch
        self._now = scan.length
        self._fires = max(self._now - (scan.trigger == "continue"), 0)

    def age(self, uid: str, digest: str) -> int | None:
        """Return how many messages ago an entry fired that has not changed since, at least 1; None: it did not."""
        mark = self._state.get(uid)
        if not isinstance(mark, dict):
            return None
        count = whole_of(mark, "n")
        if count is None or count >= self._now or mark.get("hash") != digest:
            return None
        return self._now - count if text_of(mark, "at") in {"", self._key(count)} or not self._key(count) else None

    def uids(self) -> list[str]:
        """Return the entries that the state speaks of."""
        return [uid for uid, mark in self._state.items() if isinstance(mark, dict)]

    def mark(self, digest: str) -> dict[str, Any]:
        """Return what the state says of an entry that fires now."""
        return {"n": self._fires, "at": self._key(self._fires), "hash": digest}

    def keep(self, uid: str) -> dict[str, Any]:
        """Return what the state said of an entry."""
        return dict(self._state[uid])

    def _key(self, count: int) -> str:
        """The branch's key of the message that was the last when there were `count`."""
        place = count - 1 + len(self._branch) - self._now  # they end together
        return self._branch[place] if 0 <= place < len(self._branch) else ""
