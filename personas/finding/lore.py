"""Entries of lore by meaning: those that are found though none of their keys was said."""

import hashlib
import json
from collections.abc import Mapping

from langgraph_roleplay.memory import Memory, MemoryBank, Selection

__all__ = ["LoreIndex"]

_LORE = "library:lore"


class LoreIndex:
    """The entries of all characters that may be found by meaning, in a bank of their own."""

    def __init__(self, bank: MemoryBank) -> None:
        self._bank = bank
        self._known: dict[str, str] = {}

    async def index(self, character: str, entries: Mapping[str, str]) -> int:
        """See `Library.index_lore`."""
        digest = hashlib.sha256(json.dumps(sorted(entries.items())).encode()).hexdigest()
        if self._known.get(character) == digest:
            return 0
        wanted = {memory.id: memory for uid, text in entries.items() if (memory := _entry(character, uid, text))}
        there = {one.id async for one in self._bank.browse(Selection(user=_LORE, character=character))}
        fresh = [memory for known, memory in wanted.items() if known not in there]
        await self._bank.remember(fresh)
        if gone := sorted(there - wanted.keys()):
            await self._bank.forget(user=_LORE, ids=gone)
        self._known[character] = digest
        return len(fresh)

    async def find(self, character: str, query: str, *, k: int, threshold: float) -> dict[str, float]:
        """See `Library.find_lore`."""
        if not query.strip():
            return {}
        near = await self._bank.nearest(query, Selection(user=_LORE, character=character), k=k)
        return {str(entry.metadata["uid"]): score for entry, score in near if score >= threshold}


def _entry(character: str, uid: str, text: str) -> Memory | None:
    if not text.strip():
        return None
    return Memory(
        text=text,
        kind="lore",
        speaker=uid,
        character=character,
        user=_LORE,
        thread=character,
        key=uid,
        source="told",
        metadata={"uid": uid},
    )
