"""The bank: memories go in word for word, and come out for one user and one character at a time."""

import asyncio
import itertools
import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from langchain_core.embeddings import Embeddings
from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Fingerprint, Hit, Home
from langgraph_roleplay.memory.home_client import ClientHome
from langgraph_roleplay.memory.home_edge import EdgeHome
from langgraph_roleplay.memory.points import CANDIDATE_FIELDS, to_memory, to_point
from langgraph_roleplay.memory.ranking import candidate_limit, rank
from langgraph_roleplay.memory.records import Memory, RecalledMemory, Scope
from langgraph_roleplay.memory.vectors import TextVectors, Vectorizer

__all__ = ["MemoryBank"]

_BATCH = 256  # memories embedded and written at once: a few MB a frame, tens of milliseconds in the home


class MemoryBank:
    """Memories in one home. Use it in the event loop that opened it: its connections are bound to that loop.

    Every method raises MemoryUnavailable when the home fails; what the embedding model raises passes through.
    """

    def __init__(self, home: Home, *, vectorizer: Vectorizer) -> None:
        self._home = home
        self._vectorizer = vectorizer
        # What a scope has just recalled, because the turn that recalled it fetches it again for its prompts.
        self._fresh: dict[tuple[Scope, str], Memory] = {}

    @classmethod
    async def open(cls, home: str | Path, *, embeddings: Embeddings, api_key: str | None = None) -> "MemoryBank":
        """Open a home.

        Args:
            home: a folder (Qdrant Edge), `http(s)://…` (a Qdrant server), or `:memory:` (nothing is kept).
            embeddings: the model of the dense vectors; a home keeps to the one it was made with.
            api_key: of the server.

        Raises:
            MemoryUnavailable: the home can't be reached, is damaged, is none of ours, was made with another
                embedding model, or by a newer version.
        """
        vectorizer = await Vectorizer.create(embeddings)
        return cls(await _open_home(home, vectorizer.fingerprint, api_key), vectorizer=vectorizer)

    async def remember(self, memories: Iterable[Memory]) -> list[str]:
        """Keep memories, durably when it returns; one that is there already is replaced. Returns their ids."""
        kept: list[str] = []
        remaining = iter(memories)
        while batch := list(itertools.islice(remaining, _BATCH)):
            vectors = await self._vectorizer.texts([memory.text for memory in batch])
            await self._home.upsert([to_point(*pair) for pair in zip(batch, vectors, strict=True)])
            kept += [memory.id for memory in batch]
        return kept

    async def recall(
        self, query: str, *, scope: Scope, k: int = 8, exclude: Collection[str] = ()
    ) -> list[RecalledMemory]:
        """The memories that matter most for `query`, best first; few or none if few or none are relevant.

        Args:
            query: a question or message; a blank one recalls nothing.
            scope: on whose behalf.
            k: how many at most.
            exclude: ids of messages that are in the prompt anyway.
        """
        if k < 1 or not query.strip():
            return []
        vectors = await self._vectorizer.query(query.encode(errors="replace").decode())
        dense, bm25 = await self._candidates(vectors, scope=scope, limit=candidate_limit(k), exclude=exclude)
        ranked = rank(dense, bm25, k=k, now=datetime.now(UTC))
        memories = {memory.id: memory for memory in await self._read([entry.id for entry in ranked], scope=scope)}
        self._fresh = {(scope, known): memory for known, memory in memories.items()}
        return [
            RecalledMemory(memory=memories[entry.id], score=entry.score, why=entry.why)
            for entry in ranked
            if entry.id in memories  # another process may have forgotten it meanwhile
        ]

    async def _candidates(
        self, vectors: TextVectors, *, scope: Scope, limit: int, exclude: Collection[str]
    ) -> tuple[list[Hit], list[Hit]]:
        where, population = filters.visible(scope, exclude=exclude), filters.corpus(scope)
        requests = {
            name: models.QueryRequest(
                query=vector,
                using=name,
                filter=where,
                limit=limit,
                with_payload=CANDIDATE_FIELDS,
                params=models.SearchParams(idf=models.IdfCorpusParams(corpus=population)) if name == "bm25" else None,
            )
            for name, vector in vectors.named().items()
        }
        if not requests:
            return [], []
        found = dict(zip(requests, await self._home.query(list(requests.values())), strict=True))
        return found.get("dense", []), found.get("bm25", [])

    async def fetch(self, ids: Sequence[str], *, scope: Scope) -> list[Memory]:
        """The memories with these ids that the scope may see, in the given order; others are left out."""
        fresh = [self._fresh.get((scope, known)) for known in ids]
        if all(fresh):
            return [memory for memory in fresh if memory]
        return await self._read(ids, scope=scope)

    async def _read(self, ids: Sequence[str], *, scope: Scope) -> list[Memory]:
        wanted = [known for known in map(_as_uuid, ids) if known]
        if not wanted:
            return []
        hits = await self._home.scroll(filters.visible(scope, ids=wanted), limit=len(wanted))
        found = {hit.id: to_memory(hit.id, hit.payload) for hit in hits}
        return [found[known] for known in wanted if known in found]

    async def settle_branch(self, scope: Scope, *, turn: int, message_ids: Collection[str]) -> None:
        """Hide what an abandoned branch left behind, and bring back what the current one lost.

        Args:
            scope: with the thread.
            turn: the first turn that may have been abandoned.
            message_ids: of the whole current branch.
        """
        abandoned = filters.abandoned(scope, turn=turn, message_ids=message_ids)
        resumed = filters.resumed(scope, message_ids=message_ids)
        # Most turns do neither, and a count is fifty times cheaper than a durable write.
        if await self._home.count(models.Filter(should=[abandoned, resumed])):
            self._fresh = {}
            await self._home.mark(abandoned, {"retracted": 1})
            await self._home.mark(resumed, {"retracted": 0})

    async def count(self, scope: Scope) -> int:
        """How many memories the scope may see."""
        return await self._home.count(filters.visible(scope))

    async def forget(self, scope: Scope) -> int:
        """Delete all of this user with this character: of the scope's thread, or of every thread if it names none.

        Hidden branches go too. It is out of every recall at once; a home may keep the bytes until it is compacted.

        Returns:
            How many memories were deleted.
        """
        where = filters.everything(scope)
        count = await self._home.count(where)
        await self._home.delete(where)
        self._fresh = {}
        return count

    async def close(self) -> None:
        """Let go of connections; an Edge folder's owner process leaves by itself some time later."""
        await self._home.close()


async def _open_home(home: str | Path, fingerprint: Fingerprint, api_key: str | None) -> Home:
    location = str(home)
    if location == ":memory:" or location.startswith(("http://", "https://")):
        return await ClientHome.open(location, fingerprint=fingerprint, api_key=api_key)
    folder = await asyncio.to_thread(lambda: Path(location).expanduser().resolve())
    return await EdgeHome.open(folder, fingerprint=fingerprint)


def _as_uuid(text: str) -> str | None:
    """The id as homes write it; None if it can't be one (models make ids up)."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
