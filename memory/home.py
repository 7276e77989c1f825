"""A home of memories: what a bank asks of it, in the words of `qdrant_client.models`."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from qdrant_client import models

__all__ = ["PAYLOAD_INDEXES", "SCHEMA_VERSION", "Fingerprint", "Hit", "Home"]

SCHEMA_VERSION = 1
"""Version of the payload; a home that holds a newer one is refused."""

PAYLOAD_INDEXES = {
    "user": "tenant",
    "character": "keyword",
    "thread": "keyword",
    "message_id": "keyword",
    "knows": "keyword",
    "turn": "integer",
    "retracted": "integer",  # 0 or 1: Qdrant Edge 0.9.0 takes a boolean in a filter for a number and finds nothing
    "at": "datetime",
}
"""Every payload field a filter may name, with its type; indexed before anything is written."""


class Fingerprint(NamedTuple):
    """Which embedding the vectors of a home come from."""

    embedding: str
    dimension: int

    def __str__(self) -> str:
        return f"{self.embedding} ({self.dimension} dimensions)"


class Hit(NamedTuple):
    """A point that was found; the score is 0 where nothing was scored."""

    id: str
    score: float
    payload: dict[str, Any]


class Home(Protocol):
    """One collection with vectors `dense` and `bm25`; every method raises MemoryUnavailable and nothing else."""

    async def upsert(self, points: Sequence[models.PointStruct]) -> None:
        """Write `points`, durably when it returns; a point that exists is replaced."""

    async def query(self, requests: Sequence[models.QueryRequest]) -> list[list[Hit]]:
        """Run several searches at once; the lists come in the order of `requests`."""

    async def scroll(self, where: models.Filter, *, limit: int) -> list[Hit]:
        """Points that match, with their whole payload, in no order."""

    async def count(self, where: models.Filter) -> int:
        """How many points match."""

    async def mark(self, where: models.Filter, payload: dict[str, Any]) -> None:
        """Set payload fields of all points that match."""

    async def delete(self, where: models.Filter) -> None:
        """Delete all points that match."""

    async def close(self) -> None:
        """Let go of connections; what was written stays."""
