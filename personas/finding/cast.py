"""The cast by meaning: characters that fit a description or a situation.

Kept are two kinds of vectors: one of each character's portrait, and one of each word in any of them, so that a search
embeds nothing but the query.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from langgraph_roleplay.memory import Memory, MemoryBank, Selection
from langgraph_roleplay.memory.filters import selected
from langgraph_roleplay.memory.selecting import pages
from langgraph_roleplay.personas.card import Persona
from langgraph_roleplay.personas.finding.matching import Matcher, Text, Vectors
from langgraph_roleplay.personas.finding.records import FoundPersona, Progress
from langgraph_roleplay.personas.finding.words import content_words, portrait

__all__ = ["CastIndex"]

_CAST = "library:cast"
_WORDS = "library:words"
"""Tenants. Words that no portrait has any more stay: they name nobody, and the next card may have them."""
_CHARACTER = "cast"
_BATCH = 256
_FRESH = 60.0
"""Seconds that what was read is believed: another process may have indexed since."""
_LEAST = 0.4
"""Cosine from which a word meets another; a query of which no word is met by anybody fits nobody."""


class _Cast(NamedTuple):
    ids: list[str]
    names: list[str]
    matcher: Matcher
    at: float


class CastIndex:
    """The characters that can be found, in a bank of their own."""

    def __init__(self, bank: MemoryBank) -> None:
        self._bank = bank
        self._cast: _Cast | None = None

    async def index(self, personas: Sequence[Persona], *, progress: Progress | None = None) -> int:
        """See `Library.index_cast`."""
        wanted = {memory.id: memory for persona in personas if (memory := _portrayed(persona))}
        there = {one.id: one async for one in self._bank.browse(Selection(user=_CAST))}
        fresh = [memory for known, memory in wanted.items() if known not in there]
        words = sorted({word for memory in fresh for word in memory.text.split()})
        todo = [*map(_word, words), *fresh]  # words first: a portrait is there only with all of its words
        for start in range(0, len(todo), _BATCH):
            await self._bank.remember(todo[start : start + _BATCH])
            if progress is not None:
                progress(min(start + _BATCH, len(todo)), len(todo))
        if gone := sorted(there.keys() - wanted.keys()):
            await self._bank.forget(user=_CAST, ids=gone)
        if fresh or gone:
            self._cast = None
        return len(fresh)

    async def search(self, query: str, *, k: int) -> list[FoundPersona]:
        """See `Library.search_cast`."""
        cast = await self._read()
        if cast is None or not (wanted := await self._as_text(query)).words:
            return []
        scores = cast.matcher.scores(wanted)
        if cast.matcher.nearness(wanted).max() < _LEAST:
            return []
        best = [place for place in np.argsort(-scores, kind="stable").tolist() if scores[place] >= 0][:k]
        return [
            FoundPersona(cast.ids[place], cast.names[place], round(float(scores[place]), 3), _why(cast, wanted, place))
            for place in best
        ]

    async def _read(self) -> _Cast | None:
        if self._cast is None or time.monotonic() - self._cast.at > _FRESH:
            self._cast = await self._read_anew()
        return self._cast

    async def _read_anew(self) -> _Cast | None:
        portraits = sorted(await self._vectors(_CAST, ["thread", "speaker", "text"]), key=lambda one: one[0]["thread"])
        if not portraits:
            return None
        words = {fields["text"]: vector for fields, vector in await self._vectors(_WORDS, ["text"])}
        texts = [_text(fields["text"].split(), vector, words) for fields, vector in portraits]
        ids, names = ([fields[name] for fields, _ in portraits] for name in ("thread", "speaker"))
        return _Cast(ids, names, Matcher(texts), time.monotonic())

    async def _vectors(self, tenant: str, fields: list[str]) -> list[tuple[Mapping[str, Any], Vectors]]:
        """Fields and dense vectors of all that a tenant has; without what has no vector."""
        where = selected(Selection(user=tenant))
        return [
            (hit.payload, np.array(hit.vector["dense"]))
            async for hits in pages(self._bank.home, where, vectors=True, fields=fields)
            for hit in hits
            if hit.vector and "dense" in hit.vector
        ]

    async def _as_text(self, query: str) -> Text:
        words = content_words(query.encode(errors="replace").decode())
        if not words:
            return Text((), np.zeros(0), np.zeros((0, 0)))
        whole, *singly = await self._bank.vectorizer.texts([" ".join(words), *words])
        known = {word: np.array(one.dense) for word, one in zip(words, singly, strict=True) if one.dense is not None}
        return _text(words, np.array(whole.dense or np.zeros(self._bank.vectorizer.fingerprint.dimension)), known)


def _text(words: Sequence[str], whole: Vectors, vectors: Mapping[str, Vectors]) -> Text:
    known = tuple(word for word in words if word in vectors)
    return Text(known, whole, np.array([vectors[word] for word in known]).reshape(len(known), len(whole)))


def _why(cast: _Cast, wanted: Text, place: int) -> str:
    met = cast.matcher.nearest(wanted, place, least=_LEAST)
    return ", ".join(word if word == other else f"{word} (near {other})" for word, other in met) or "as a whole"


def _portrayed(persona: Persona) -> Memory | None:
    words = portrait(persona)
    if not words:
        return None
    digest = hashlib.sha256(json.dumps([persona.display_name, words]).encode()).hexdigest()[:12]
    return Memory(
        text=" ".join(words),
        kind="persona",
        speaker=persona.display_name,
        character=_CHARACTER,
        user=_CAST,
        thread=persona.id,
        key=f"{persona.id}-{digest}",
    )


def _word(word: str) -> Memory:
    return Memory(text=word, kind="word", speaker="words", character=_CHARACTER, user=_WORDS, thread="words", key=word)
