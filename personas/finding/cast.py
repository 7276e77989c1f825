"""The cast by meaning: characters that fit a description or a situation.

Kept are two kinds of vectors: one of each character's portrait, and one of each word in any of them, so that a search
embeds nothing but the query. Installations that share a server share the words, too, and each sees its own cast.
"""

import hashlib
import json
import operator
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from qdrant_client import models

from langgraph_roleplay.memory import Memory, MemoryBank, Selection
from langgraph_roleplay.memory.filters import among, selected
from langgraph_roleplay.memory.selecting import pages
from langgraph_roleplay.personas.card import Persona
from langgraph_roleplay.personas.finding.aging import drop_old, missing
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
"""Seconds that what was read is believed: another process may have dropped what was old."""
_LEAST = 0.4
"""Cosine from which a word meets another; a query of which no word is met by anybody fits nobody."""


class _Cast(NamedTuple):
    personas: tuple[Persona, ...]
    ids: list[str]
    names: list[str]
    matcher: Matcher | None
    """None where nobody has a portrait."""
    at: float

    def holds(self, personas: tuple[Persona, ...]) -> bool:
        """Whether it is of these, and was read a moment ago; cards are read once while their files stay the same."""
        same = len(personas) == len(self.personas) and all(map(operator.is_, personas, self.personas))
        return same and time.monotonic() - self.at < _FRESH


class CastIndex:
    """The characters that can be found, in a bank of their own."""

    def __init__(self, bank: MemoryBank) -> None:
        self._bank = bank
        self._cast: _Cast | None = None

    async def index(self, personas: Sequence[Persona], *, progress: Progress | None = None) -> int:
        """See `Library.index_cast`."""
        wanted = _portraits(personas)
        fresh = [wanted[known] for known in await missing(self._bank, _CAST, wanted)]
        words = {known.id: known for known in map(_word, sorted({word for one in fresh for word in one.text.split()}))}
        # Words first: a portrait is there only with all of its words. What a time-out broke off is gone on with.
        todo = [*(words[known] for known in await missing(self._bank, _WORDS, words)), *fresh]
        for start in range(0, len(todo), _BATCH):
            await self._bank.remember(todo[start : start + _BATCH])
            if progress is not None:
                progress(min(start + _BATCH, len(todo)), len(todo))
        if fresh:
            await drop_old(self._bank, _CAST, but=wanted)
        return len(fresh)

    async def search(self, query: str, personas: Sequence[Persona], *, k: int) -> list[FoundPersona]:
        """See `Library.search_cast`."""
        cast = await self._read(tuple(personas))
        if cast.matcher is None or not (wanted := await self._as_text(query)).words:
            return []
        scores = cast.matcher.scores(wanted)
        if cast.matcher.nearness(wanted).max() < _LEAST:
            return []
        best = [place for place in np.argsort(-scores, kind="stable").tolist() if scores[place] >= 0][:k]
        return [
            FoundPersona(
                cast.ids[place], cast.names[place], round(float(scores[place]), 3), _why(cast.matcher, wanted, place)
            )
            for place in best
        ]

    async def _read(self, personas: tuple[Persona, ...]) -> _Cast:
        cast = self._cast
        if cast is None or not cast.holds(personas):
            await self.index(personas)
            self._cast = cast = await self._read_anew(personas)
        return cast

    async def _read_anew(self, personas: tuple[Persona, ...]) -> _Cast:
        found = await self._vectors(among(_CAST, list(_portraits(personas))), ["thread", "speaker", "text"])
        portraits = sorted(found, key=lambda one: one[0]["thread"])
        words = {one["text"]: vector for one, vector in await self._vectors(selected(Selection(user=_WORDS)), ["text"])}
        texts = [_text(fields["text"].split(), vector, words) for fields, vector in portraits]
        ids, names = ([fields[name] for fields, _ in portraits] for name in ("thread", "speaker"))
        return _Cast(personas, ids, names, Matcher(texts) if texts else None, time.monotonic())

    async def _vectors(self, where: models.Filter, fields: list[str]) -> list[tuple[Mapping[str, Any], Vectors]]:
        """Fields and dense vectors of what a filter lets through; without what has no vector."""
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


def _why(matcher: Matcher, wanted: Text, place: int) -> str:
    met = matcher.nearest(wanted, place, least=_LEAST)
    return ", ".join(word if word == other else f"{word} (near {other})" for word, other in met) or "as a whole"


def _portraits(personas: Sequence[Persona]) -> dict[str, Memory]:
    return {memory.id: memory for persona in personas if (memory := _portrayed(persona))}


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
