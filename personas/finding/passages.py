"""Passages of attached documents: kept under their character, found by meaning and by words, and not before their time.

A document is written passage by passage, and its record last: what was broken off is not there, and attaching again
goes on with it, because a passage's id is a hash of what it says and where.
"""

from collections.abc import AsyncIterator, Sequence

from langgraph_roleplay.memory import Memory, MemoryBank, RecalledMemory, Scope, Selection
from langgraph_roleplay.personas.documents import Document, Passage, chunk
from langgraph_roleplay.personas.finding.records import Attached, Progress
from langgraph_roleplay.personas.finding.words import content_words

__all__ = ["Passages"]

_PASSAGES = "library:passages"
_DOCUMENTS = "library:documents"
"""Tenants: what is recalled of one never has the other in it."""
_BATCH = 128
_CUT = "1"
"""Changes with how documents are cut, so that attaching again cuts them anew."""


class Passages:
    """The documents of all characters, in a bank of their own."""

    def __init__(self, bank: MemoryBank) -> None:
        self._bank = bank

    async def attach(self, character: str, document: Document, *, progress: Progress | None = None) -> Attached:
        """See `Library.attach`."""
        key = f"{document.hash}-{_CUT}"
        known = {one.thread: one async for one in self._records(character)}.get(document.id)
        if known is not None and known.metadata["hash"] == key:
            return _attached(known)
        old = [one.id async for one in self._bank.browse(_selection(character, document.id))]
        memories = [
            _passage(character, document, passage, number, key) for number, passage in enumerate(chunk(document))
        ]
        for start in range(0, len(memories), _BATCH):
            await self._bank.remember(memories[start : start + _BATCH])
            if progress is not None:
                progress(min(start + _BATCH, len(memories)), len(memories))
        await self._replace(known, _record(character, document, key, len(memories)))
        stale = sorted({*old} - {memory.id for memory in memories})
        if stale:
            await self._bank.forget(user=_PASSAGES, ids=stale)
        return _attached(_record(character, document, key, len(memories)), "replaced" if known else "attached")

    async def detach(self, character: str, document_id: str) -> int:
        """See `Library.detach`."""
        known = [one.id async for one in self._records(character) if one.thread == document_id]
        if known:
            await self._bank.forget(user=_DOCUMENTS, ids=known)
        scope = Scope(character=character, user=_PASSAGES, thread=document_id)
        return (await self._bank.forget(scope)).memories

    async def documents(self, character: str) -> list[Attached]:
        """See `Library.documents`."""
        return sorted([_attached(one) async for one in self._records(character)], key=lambda one: one.title)

    async def count(self, character: str) -> int:
        """How many passages a character has."""
        # With what is superseded, because nothing here is: without it, the bank would look for that first.
        return await self._bank.count(Scope(character=character, user=_PASSAGES, superseded=True))

    async def search(self, character: str, query: str, *, story_time: float | None, k: int) -> list[RecalledMemory]:
        """See `Library.passages`."""
        words = " ".join(content_words(query))
        if not words or not await self.count(character):  # a vector of the query costs more than a count
            return []
        return await self._bank.recall(words, scope=_scope(character, story_time), k=k)

    async def fetch(self, character: str, ids: Sequence[str], *, story_time: float | None) -> list[Memory]:
        """See `Library.fetch`."""
        return await self._bank.fetch(ids, scope=_scope(character, story_time))

    async def _records(self, character: str) -> AsyncIterator[Memory]:
        async for one in self._bank.browse(Selection(user=_DOCUMENTS, character=character)):
            yield one

    async def _replace(self, known: Memory | None, record: Memory) -> None:
        await self._bank.remember([record])
        if known is not None:
            await self._bank.forget(user=_DOCUMENTS, ids=[known.id])


def _scope(character: str, story_time: float | None) -> Scope:
    return Scope(character=character, user=_PASSAGES, story_time=story_time)


def _selection(character: str, document_id: str) -> Selection:
    return Selection(user=_PASSAGES, character=character, thread=document_id)


def _passage(character: str, document: Document, passage: Passage, number: int, key: str) -> Memory:
    return Memory(
        text=passage.text,
        kind="passage",
        speaker=document.title,
        character=character,
        user=_PASSAGES,
        thread=document.id,
        turn=number,
        session=str(passage.section),
        key=f"{key}-{number}",
        source="told",
        story_time=passage.story_time,
        metadata={"heading": passage.heading},
    )


def _record(character: str, document: Document, key: str, passages: int) -> Memory:
    return Memory(
        text=document.title,
        kind="document",
        speaker=document.title,
        character=character,
        user=_DOCUMENTS,
        thread=document.id,
        key=key,
        metadata={"hash": key, "source": document.source, "passages": passages, "chapters": document.chapters},
    )


def _attached(record: Memory, outcome: str = "kept") -> Attached:
    about = record.metadata
    return Attached(
        id=record.thread,
        title=record.text,
        source=str(about["source"]),
        hash=str(about["hash"]).partition("-")[0],
        passages=int(str(about["passages"])),
        chapters=int(str(about["chapters"])),
        outcome=outcome,
    )
