"""The bank: memories go in word for word, and come out for one user and one character at a time."""

import itertools
import time
import uuid
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from pathlib import Path

from langchain_core.embeddings import Embeddings
from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.home import Home
from langgraph_roleplay.memory.homes.opening import open_home
from langgraph_roleplay.memory.keeping.limits import Allowance, Limits
from langgraph_roleplay.memory.moving.transfer import export_memories, import_memories
from langgraph_roleplay.memory.points import to_memory, to_point
from langgraph_roleplay.memory.ranking.recall import Recall, count, read
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS, Weights
from langgraph_roleplay.memory.records import Forgotten, Memory, RecalledMemory, Scope, Selection
from langgraph_roleplay.memory.selecting import (
    holding,
    pages,
    replaced_by,
    resting_on_retracted,
    with_what_rests_on,
)
from langgraph_roleplay.memory.vectors import Vectorizer

__all__ = ["MemoryBank"]

_LIMITS = Limits()
_FRESH_FOR = 30.0
"""Seconds that what was recalled is believed to be there still: another process may have had it forgotten."""
_BATCH = 256  # memories embedded and written at once: a few MB a frame, tens of milliseconds in the home


class MemoryBank:
    """Memories in one home. Use it in the event loop that opened it: its connections are bound to that loop.

    Every method raises MemoryUnavailable when the home fails; what the embedding model raises passes through.
    """

    def __init__(
        self,
        home: Home,
        *,
        vectorizer: Vectorizer,
        location: str = "",
        limits: Limits = _LIMITS,
        weights: Weights = DEFAULT_WEIGHTS,
    ) -> None:
        self._recall = Recall(home, vectorizer=vectorizer, weights=weights)
        self._home = home
        self._vectorizer = vectorizer
        self.location = location
        """Where its home is, as it was given to `open`."""
        self._allowance = Allowance(limits)
        # What a scope has just recalled, because the turn that recalled it fetches it again for its prompts.
        self._fresh: dict[tuple[Scope, str], Memory] = {}
        self._fresh_since = 0.0

    @classmethod
    async def open(
        cls,
        home: str | Path,
        *,
        embeddings: Embeddings,
        api_key: str | None = None,
        limits: Limits = _LIMITS,
        weights: Weights = DEFAULT_WEIGHTS,
        holding: str = "memory",
    ) -> "MemoryBank":
        """Open a home.

        Args:
            home: a folder (Qdrant Edge), `http(s)://…` (a Qdrant server), or `:memory:` (nothing is kept).
            embeddings: the model of the dense vectors; a home keeps to the one it was made with.
            api_key: of the server.
            limits: the most that it takes of one user.
            weights: what decides the order of what is recalled.
            holding: what is kept in it: another word is another collection of a server. A folder has one.

        Raises:
            MemoryUnavailable: the home can't be reached, is damaged, is none of ours, was made with another
                embedding model, or by a newer version.
        """
        vectorizer = await Vectorizer.create(embeddings)
        opened = await open_home(home, fingerprint=vectorizer.fingerprint, api_key=api_key, holding=holding)
        return cls(opened, vectorizer=vectorizer, location=str(home), limits=limits, weights=weights)

    @property
    def home(self) -> Home:
        """What it is kept in, for what goes beyond remembering and recalling: retention, statistics, moves."""
        return self._home

    @property
    def vectorizer(self) -> Vectorizer:
        """What makes its vectors, for what compares texts in its own way."""
        return self._vectorizer

    async def remember(self, memories: Iterable[Memory]) -> list[str]:
        """Keep memories, durably when it returns; one that is there already is left as it is. Returns their ids.

        Raises:
            MemoryFull: they go beyond what the bank takes of their user.
            MemoryUnavailable: the home fails.
        """
        kept: list[str] = []
        remaining = iter(memories)
        while batch := list(itertools.islice(remaining, _BATCH)):
            await self._allowance.admit(self._home, batch)
            vectors = await self._vectorizer.texts([memory.text for memory in batch])
            replaced = {(memory.user, old) for memory in batch for old in memory.supersedes}
            # Marked first: a mark without a successor says nothing, a successor without its marks replaces nothing.
            for memory in batch:
                if memory.supersedes:
                    await self._home.mark(filters.among(memory.user, memory.supersedes), {"outdated": 1})
            await self._home.upsert(
                [
                    to_point(memory, vector, flags={"outdated": int((memory.user, memory.id) in replaced)})
                    for memory, vector in zip(batch, vectors, strict=True)
                ]
            )
            kept += [memory.id for memory in batch]
        return kept

    async def recall(
        self, query: str, *, scope: Scope, k: int = 8, exclude: Collection[str] = (), around: int = 0
    ) -> list[RecalledMemory]:
        """The memories that matter most for `query`, best first; few or none if few or none are relevant.

        Args:
            query: a question or message; a blank one recalls nothing.
            scope: on whose behalf.
            k: how many at most.
            exclude: ids of messages that are in the prompt anyway.
            around: how many turns before and after each come along.
        """
        if k < 1 or not query.strip():
            return []
        readable = query.encode(errors="replace").decode()
        hits = await self._recall.recall(readable, scope=scope, k=k, exclude=exclude)
        self._fresh, self._fresh_since = {(scope, hit.memory.id): hit.memory for hit in hits}, time.monotonic()
        return await self._recall.with_turns(hits, scope=scope, turns=around) if around > 0 else hits

    async def fetch(self, ids: Sequence[str], *, scope: Scope) -> list[Memory]:
        """The memories with these ids that the scope may see, in the given order; others are left out."""
        fresh = [self._fresh.get((scope, known)) for known in ids]
        if all(fresh) and time.monotonic() - self._fresh_since < _FRESH_FOR:
            return [memory for memory in fresh if memory]
        return await read(self._home, [known for known in map(_as_uuid, ids) if known], scope=scope)

    async def count(self, scope: Scope) -> int:
        """How many memories the scope may see."""
        return await count(self._home, scope=scope)

    async def supersede(self, old_id: str, *, by: str, scope: Scope) -> None:
        """Let one memory replace another wherever the new one is seen; the old one is kept.

        Raises:
            ValueError: one of them is not there for the scope, or the old one replaces the new one already.
        """
        seeing = scope.model_copy(update={"superseded": True})
        memories = {memory.id: memory for memory in await self.fetch([old_id, by], scope=seeing)}
        if missing := [known for known in (old_id, by) if known not in memories]:
            raise ValueError(f"there is no memory {missing[0]!r} for {scope.character} of {scope.user}")
        if old_id == by or by in await replaced_by(self._home, scope.user, old_id):
            raise ValueError(f"the memory {by!r} can't replace {old_id!r}: it is replaced by it")
        replaced = sorted({*memories[by].supersedes, old_id})
        await self._home.mark(filters.among(scope.user, [old_id]), {"outdated": 1})
        await self._home.mark(filters.among(scope.user, [by]), {"supersedes": replaced})
        self._fresh = {}

    async def retract(self, scope: Scope, *, message_ids: Collection[str]) -> int:
        """Take messages back: they and what rests on them are recalled no more. Returns how many it hid."""
        return await self._set_retracted(scope, message_ids, 1)

    async def restore(self, scope: Scope, *, message_ids: Collection[str]) -> int:
        """Undo `retract`. Returns how many are back."""
        return await self._set_retracted(scope, message_ids, 0)

    async def _set_retracted(self, scope: Scope, message_ids: Collection[str], flag: int) -> int:
        chosen = Selection(user=scope.user, thread=scope.thread, message_ids=tuple(message_ids))
        ids = await with_what_rests_on(self._home, chosen)
        if not flag:
            hidden = await resting_on_retracted(self._home, scope.user, ids)
            ids = [known for known in ids if known not in hidden]
        await self._home.mark(filters.among(scope.user, ids), {"retracted": flag})
        self._fresh = {}
        return len(ids)

    async def settle_branch(self, scope: Scope, *, turn: int) -> None:
        """Hide what an abandoned branch left behind, and bring back what the current one lost, for other threads.

        Args:
            scope: with thread and branch.
            turn: the first turn that may have been abandoned.
        """
        abandoned, resumed = filters.abandoned(scope, turn=turn), filters.resumed(scope)
        # Most turns do neither, and a count is fifty times cheaper than a durable write.
        if await self._home.count(models.Filter(should=[abandoned, resumed])):
            self._fresh = {}
            await self._home.mark(abandoned, {"abandoned": 1})
            await self._home.mark(resumed, {"abandoned": 0})

    async def browse(self, selection: Selection) -> AsyncIterator[Memory]:
        """Everything that a user's selection names, hidden or not, by id."""
        async for hits in pages(self._home, filters.selected(selection)):
            for hit in hits:
                yield to_memory(hit.id, hit.payload)

    async def export(self, path: str | Path, *, selection: Selection | None = None) -> int:
        """Write memories, hidden or not, to a file of JSON lines that replaces what is there; returns how many.

        Args:
            path: the file; it is written whole or not at all, for its owner alone.
            selection: which of one user; None: everything of every user.

        Raises:
            FileError: the file can't be written.
        """
        return await export_memories(self._home, Path(path), selection=selection)

    async def import_(self, path: str | Path) -> int:
        """Keep the memories of a file that `export` wrote, as they were; returns how many were new.

        Raises:
            FileError: names the file, and the line and field that are wrong; nothing was written.
        """
        added = await import_memories(self._home, Path(path), vectorizer=self._vectorizer)
        self._fresh = {}
        return added

    async def nearest(self, text: str, selection: Selection, *, k: int) -> list[tuple[Memory, float]]:
        """What of a selection holds and is nearest in meaning to a text, with its cosine: to find what says the same.

        Nobody's view: who knows it, and whether it may be told, is the caller's to mind.
        """
        [vectors] = await self._vectorizer.texts([text])
        if vectors.dense is None:
            return []
        wheres = [filters.current(selection, outdated=flag) for flag in (0, 1)]
        lists = await self._home.query(
            [models.QueryRequest(query=vectors.dense, using="dense", filter=where, limit=k) for where in wheres]
        )
        scores = {known: score for found in lists for known, score in found.by_id().items()}
        where = filters.among(selection.user, list(scores))
        hits = (await self._home.scroll(where, limit=len(scores))).hits if scores else []
        held = await holding(self._home, selection, hits)
        found = [(to_memory(hit.id, hit.payload), scores[hit.id]) for hit in held]
        return sorted(found, key=lambda near: (-near[1], near[0].id))[:k]

    async def edit(self, memory_id: str, text: str, *, user: str) -> Memory:
        """Put other words into a memory of a user; its id, and what became of it, stay.

        Raises:
            ValueError: it is not there, or the text is empty.
        """
        known = _as_uuid(memory_id)
        hits = (await self._home.scroll(filters.among(user, [known]), limit=1)).hits if known else []
        if not hits:
            raise ValueError(f"there is no memory {memory_id!r} of {user}")
        edited = to_memory(hits[0].id, hits[0].payload | {"text": text})
        [vectors] = await self._vectorizer.texts([text])
        await self._home.upsert([to_point(edited, vectors, flags=hits[0].payload)], replace=True)
        self._recall.forget()
        self._fresh = {}
        return edited

    async def forget(
        self,
        scope: Scope | None = None,
        *,
        user: str | None = None,
        message_ids: Collection[str] | None = None,
        ids: Collection[str] | None = None,
    ) -> Forgotten:
        """Delete what a scope's character knows of its thread (or of every thread), or all of a user.

        Hidden branches, and what was distilled from any of it, go too. It is out of every recall at once, and its
        bytes are out of the home when this returns, as far as the home can promise it.
        What still waits in an outbox, and conversations' own copies, are not the bank's: `roleplay memory forget` takes
        them out too.

        Args:
            scope: the user with this character, in its thread if it names one.
            user: all of a user instead.
            message_ids: of that only what was made of these messages.
            ids: of that only these memories.

        Raises:
            TypeError: `scope` is none; a selection would lose what it narrows down to.
            ValueError: neither a scope nor a user was given, or both.
        """
        if not isinstance(scope, Scope | None):
            raise TypeError(f"forget wants a Scope, not a {type(scope).__name__}: say user=…, ids=… or message_ids=…")
        if (scope is None) == (user is None):
            raise ValueError("forget wants a scope or a user")
        chosen = Selection(
            user=scope.user if scope else str(user),
            character=scope.character if scope else None,
            thread=scope.thread if scope else None,
            message_ids=None if message_ids is None else tuple(message_ids),
            ids=None if ids is None else tuple(known for known in map(_as_uuid, ids) if known),
        )
        doomed = await with_what_rests_on(self._home, chosen)
        for start in range(0, len(doomed), _BATCH):
            await self._home.delete(filters.among(chosen.user, doomed[start : start + _BATCH]))
        self._fresh = {}
        self._allowance.forget(chosen.user)
        self._recall.forget()
        return Forgotten(memories=len(doomed), remains=await self._home.purge() if doomed else "")

    async def close(self) -> None:
        """Let go of connections; an Edge folder's owner process leaves by itself some time later."""
        await self._home.close()


def _as_uuid(text: str) -> str | None:
    """The id as homes write it; None if it can't be one (models make ids up)."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
