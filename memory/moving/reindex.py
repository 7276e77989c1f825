"""Another embedding for a home that is in use: its memories are embedded anew aside, then the two change places.

Whoever has the home open goes on with the old vectors until then. What is written meanwhile is found by comparing
the two; only the last comparison has to keep writers out.
"""

from collections.abc import Sequence
from typing import NamedTuple

from qdrant_client import models

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.home import Hit, Home
from langgraph_roleplay.memory.moving.aligned import aligned, changed_fields
from langgraph_roleplay.memory.moving.all_users import everything, these
from langgraph_roleplay.memory.moving.one_moment import Progress
from langgraph_roleplay.memory.vectors import Vectorizer

__all__ = ["Reindexed", "reindex"]

_BATCH = 256
_ROUNDS = 5
_FEW = 64
"""Differences that may be left for the last comparison, which nobody may write during."""


class Reindexed(NamedTuple):
    """What a reindexing did: how many memories there are, and how many texts were embedded for it (by this call)."""

    memories: int
    embedded: int


async def reindex(home: Home, *, vectorizer: Vectorizer, progress: Progress | None = None) -> Reindexed:
    """Embed every memory anew and switch the home to it; broken off, the same call goes on where it stopped.

    Args:
        home: as it is; no longer of use after the switch. Close it after an error, too: that lets writers in.
        vectorizer: of the new embedding.
        progress: told how many memories are compared, of how many, in each round.

    Raises:
        MemoryUnavailable: the home failed; it goes on as it was. What the embedding model raises passes through.
    """
    if home.fingerprint == vectorizer.fingerprint:
        return Reindexed(await home.count(everything()), 0)
    aside = await home.aside(vectorizer.fingerprint)
    try:
        renewal = _Renewal(home, aside, vectorizer=vectorizer, progress=progress)
        for _ in range(_ROUNDS):
            if await renewal.compare() <= _FEW:
                break
        await home.freeze()
        await renewal.compare()
        memories, renewed = await home.count(everything()), await aside.count(everything())
        if memories != renewed:
            raise MemoryUnavailable(f"of {memories} memories {renewed} were embedded anew: run it again")
    finally:
        await aside.close()
    await home.switch(vectorizer.fingerprint)
    return Reindexed(memories, renewal.embedded)


class _Renewal:
    """Makes what lies aside like the home, but for its vectors."""

    def __init__(self, home: Home, aside: Home, *, vectorizer: Vectorizer, progress: Progress | None) -> None:
        self._home = home
        self._aside = aside
        self._vectorizer = vectorizer
        self._progress = progress
        self._waiting = list[Hit]()
        self.embedded = 0

    async def compare(self) -> int:
        """Mend every difference; returns how many there were."""
        total, done, differences = await self._home.count(everything()), 0, 0
        async for original, renewed in aligned(self._home, self._aside):
            differences += await self._mend(original, renewed)
            done += original is not None
            if self._progress is not None and done % _BATCH == 0:
                self._progress(done, max(done, total))
        await self._embed()
        return differences

    async def _mend(self, original: Hit | None, renewed: Hit | None) -> bool:
        if original is None:
            if renewed is not None:
                await self._aside.delete(these([renewed.id]))
            return True
        changed = {"text": None} if renewed is None else changed_fields(original, renewed)
        if not changed:
            return False
        if "text" not in changed and None not in changed.values():  # a mark with None would drop the field
            await self._aside.mark(these([original.id]), changed)
            return True
        self._waiting.append(original)
        if len(self._waiting) == _BATCH:
            await self._embed()
        return True

    async def _embed(self) -> None:
        hits, self._waiting = self._waiting, []
        if not hits:
            return
        vectors = await self._vectorizer.texts([hit.payload["text"] for hit in hits])
        points = [
            models.PointStruct(id=hit.id, vector=vector.named(), payload=hit.payload)
            for hit, vector in zip(hits, vectors, strict=True)
        ]
        await self._aside.upsert(points, replace=True)
        self.embedded += len(hits)
        await self._take_back_forgotten([hit.id for hit in hits])

    async def _take_back_forgotten(self, ids: Sequence[str]) -> None:
        """What was forgotten after it was read here must not come back through the side door."""
        page = await self._home.scroll(these(ids), limit=len(ids), fields=["user"])
        if gone := sorted({*ids} - {hit.id for hit in page.hits}):
            await self._home.delete(these(gone))
            await self._home.purge()
