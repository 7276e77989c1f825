"""Entries of lore by meaning: those that are found though none of their keys was said.

A text is kept under an id that is a hash of itself: whichever character, book or process wants it has the same one,
and a search sees those that it was asked about and no others. So nothing has to go when a set of entries changes.
"""

import time
from collections.abc import Collection, Mapping
from functools import lru_cache

from langgraph_roleplay.memory import Memory, MemoryBank, Selection
from langgraph_roleplay.personas.finding.aging import drop_old, missing

__all__ = ["LoreIndex"]

_LORE = "library:lore"
_NOBODYS = "lore"
_BATCH = 32
"""Texts that are embedded and kept at once: of a slow model's work little is lost when a turn has waited enough."""
_FRESH = 60.0
"""Seconds that what was seen is believed to be there: another process may have dropped what was old."""
_MOST_SEEN = 256
_Ids = frozenset[str]


class LoreIndex:
    """Texts of entries, in a bank of their own."""

    def __init__(self, bank: MemoryBank) -> None:
        self._bank = bank
        self._seen: dict[_Ids, float] = {}

    async def index(self, texts: Collection[str], *, seconds: float | None) -> int:
        """See `Library.index_lore`."""
        end = None if seconds is None else time.monotonic() + seconds
        by_id = {_id(text): text for text in texts if text.strip()}
        wanted = frozenset(by_id)
        if time.monotonic() - self._seen.get(wanted, -_FRESH) < _FRESH:
            return 0
        todo = await missing(self._bank, _LORE, by_id)
        for start in range(0, len(todo), _BATCH):
            if end is not None and time.monotonic() >= end:
                return len(todo) - start
            await self._bank.remember([_entry(by_id[known]) for known in todo[start : start + _BATCH]])
        if todo:
            await drop_old(self._bank, _LORE, but=wanted)
        self._believe(wanted)
        return 0

    async def find(self, query: str, entries: Mapping[str, str], *, k: int, threshold: float) -> dict[str, float]:
        """See `Library.find_lore`."""
        uids: dict[str, list[str]] = {}
        for uid, text in entries.items():
            if text.strip():
                uids.setdefault(_id(text), []).append(uid)
        if not query.strip() or not uids:
            return {}
        near = await self._bank.nearest(query, Selection(user=_LORE, ids=tuple(uids)), k=k)
        found = [(uid, score) for memory, score in near if score >= threshold for uid in uids[memory.id]]
        return dict(found[:k])

    def _believe(self, wanted: _Ids) -> None:
        self._seen.pop(wanted, None)
        self._seen[wanted] = time.monotonic()
        while len(self._seen) > _MOST_SEEN:
            del self._seen[next(iter(self._seen))]


@lru_cache(maxsize=20_000)
def _id(text: str) -> str:
    return _entry(text).id


def _entry(text: str) -> Memory:
    return Memory(
        text=text, kind="lore", speaker=_NOBODYS, character=_NOBODYS, user=_LORE, thread=_NOBODYS, key=_NOBODYS
    )
