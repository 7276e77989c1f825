"""Texts as vectors: dense ones of the user's embedding model, sparse ones of BM25, always made here.

Made by one BM25 for every home, the same text scores the same on each of them.
"""

import asyncio
import importlib.util
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from langchain_core.embeddings import Embeddings
from qdrant_client import models

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.home import Fingerprint

__all__ = ["TextVectors", "Vectorizer", "has_qdrant_edge"]

_EMBEDDED_CHARACTERS = 8_000  # embedding models read a few hundred words; a novel in one message would stall the turn


def has_qdrant_edge() -> bool:
    """Whether the optional package that brings Qdrant Edge and BM25 is installed."""
    return importlib.util.find_spec("qdrant_edge") is not None


class TextVectors(NamedTuple):
    """The vectors of one text; None where the text has none (a zero vector, no word that BM25 knows)."""

    dense: list[float] | None
    bm25: models.SparseVector | None

    def named(self) -> dict[str, Any]:
        """Only the vectors that exist, by name."""
        return {name: vector for name, vector in self._asdict().items() if vector is not None}


class Vectorizer:
    """Makes the vectors of texts and queries."""

    def __init__(self, embeddings: Embeddings, *, fingerprint: Fingerprint, bm25: Any) -> None:
        self.fingerprint = fingerprint
        self._embeddings = embeddings
        self._bm25 = bm25

    @classmethod
    async def create(cls, embeddings: Embeddings) -> "Vectorizer":
        """Ask the model once, to learn its dimension.

        Raises:
            MemoryUnavailable: the model gives empty vectors.
        """
        probe = await embeddings.aembed_query("dimension")
        if not probe:
            raise MemoryUnavailable(f"the embedding model {_name(embeddings)} returns empty vectors")
        fingerprint = Fingerprint(_name(embeddings), len(probe))
        return cls(embeddings, fingerprint=fingerprint, bm25=await asyncio.to_thread(_load_bm25))

    async def texts(self, texts: Sequence[str]) -> list[TextVectors]:
        """Vectors of texts to keep.

        Raises:
            MemoryUnavailable: the model gives another number of vectors, or another dimension than it did.
        """
        dense = await self._embeddings.aembed_documents([text[:_EMBEDDED_CHARACTERS] for text in texts])
        if len(dense) != len(texts):
            raise MemoryUnavailable(
                f"the embedding model {self.fingerprint.embedding} gave {len(dense)} vectors for {len(texts)} texts"
            )
        return [
            TextVectors(self._checked(vector), self._sparse("embed_document", text))
            for text, vector in zip(texts, dense, strict=True)
        ]

    async def query(self, text: str) -> TextVectors:
        """Vectors of a question.

        Raises:
            MemoryUnavailable: the model gives another dimension than it did.
        """
        dense = await self._embeddings.aembed_query(text[:_EMBEDDED_CHARACTERS])
        return TextVectors(self._checked(dense), self._sparse("embed_query", text))

    def _checked(self, vector: Sequence[float]) -> list[float] | None:
        if len(vector) != self.fingerprint.dimension:
            raise MemoryUnavailable(
                f"the embedding model {self.fingerprint} now gives vectors of {len(vector)} dimensions"
            )
        numbers = [float(number) for number in vector]
        length = math.hypot(*numbers)
        # NaN, infinity and zero have no direction, and homes disagree on what to do with them.
        return numbers if math.isfinite(length) and length > 1e-9 else None

    def _sparse(self, method: str, text: str) -> models.SparseVector | None:
        if self._bm25 is None:
            return None
        sparse = getattr(self._bm25, method)(text)
        return models.SparseVector(indices=sparse.indices, values=sparse.values) if sparse.indices else None


def _name(embeddings: Embeddings) -> str:
    for attribute in ("model", "model_name"):
        name = getattr(embeddings, attribute, None)
        if isinstance(name, str) and name:
            return name
    return type(embeddings).__name__


def _load_bm25() -> Any:
    if not has_qdrant_edge():
        return None
    import qdrant_edge  # noqa: PLC0415 - optional: without it recall is dense-only

    # The default tokenizer finds nothing in Chinese or Japanese; this one does, and still stems English.
    return qdrant_edge.Bm25(qdrant_edge.Bm25Config(tokenizer=qdrant_edge.TokenizerType.Multilingual))
