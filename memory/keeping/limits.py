"""How much of one user a bank takes. Checked at every write, counted now and then."""

import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from langgraph_roleplay.errors import MemoryFull
from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Home
from langgraph_roleplay.memory.records import Memory, Selection

__all__ = ["Allowance", "Limits", "Usage", "usage_of"]

_FRESH = 300.0
"""Seconds that a count is believed while there is room."""
_FRESH_WHEN_FULL = 10.0
"""Seconds that a count is believed that leaves no room: somebody may have forgotten something elsewhere."""
_SAMPLE = 200
_MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Limits:
    """The most that one user's memory may hold."""

    memories: int = 500_000
    bytes: int = 2_000_000_000
    """Of texts and their fields; vectors come on top (4 bytes a dimension)."""


@dataclass
class Usage:
    """What one user's memory holds."""

    memories: int
    bytes: int
    """Estimated from a sample."""
    at: float
    """When it was counted, on the monotonic clock."""


async def usage_of(home: Home, user: str) -> Usage:
    """Count what is there of a user; the bytes are estimated.

    Ids are hashes, so the first ones are a fair sample.
    """
    where = filters.selected(Selection(user=user))
    memories = await home.count(where)
    sample = (await home.scroll(where, limit=_SAMPLE)).hits if memories else []
    size = sum(len(json.dumps(hit.payload, ensure_ascii=False).encode()) for hit in sample)
    return Usage(memories, memories * size // max(1, len(sample)), time.monotonic())


class Allowance:
    """Refuses what goes beyond the limits; what was written since the last count is added up."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known: dict[str, Usage] = {}

    async def admit(self, home: Home, memories: Sequence[Memory]) -> None:
        """Make sure that there is room for `memories`.

        Raises:
            MemoryFull: there is none.
            MemoryUnavailable: the home fails.
        """
        sizes: defaultdict[str, list[int]] = defaultdict(list)
        for memory in memories:
            sizes[memory.user].append(len(memory.model_dump_json().encode()))
        for user, added in sizes.items():
            await self._admit(home, user, added)

    def forget(self, user: str) -> None:
        """Count a user anew at the next write: something of it was deleted."""
        self._known.pop(user, None)

    async def _admit(self, home: Home, user: str, added: Sequence[int]) -> None:
        usage = await self._usage(home, user)
        if self._beyond(usage, added) and time.monotonic() - usage.at > _FRESH_WHEN_FULL:
            self.forget(user)
            usage = await self._usage(home, user)
        if full := self._beyond(usage, added):
            raise MemoryFull(
                f"the memory of {user} is full: {full}; "
                "`roleplay memory forget` or `roleplay memory keep 90d` makes room"
            )
        usage.memories += len(added)
        usage.bytes += sum(added)

    async def _usage(self, home: Home, user: str) -> Usage:
        known = self._known.get(user)
        if known is None or time.monotonic() - known.at > _FRESH:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[user] = await usage_of(home, user)
        return known

    def _beyond(self, usage: Usage, added: Sequence[int]) -> str:
        if usage.memories + len(added) > self._limits.memories:
            return f"{usage.memories} of {self._limits.memories} memories"
        if usage.bytes + sum(added) > self._limits.bytes:
            return f"about {usage.bytes // 10**6} of {self._limits.bytes // 10**6} MB"
        return ""
