"""A home of memories: what a bank asks of it, in the words of `qdrant_client.models`."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from qdrant_client import models

__all__ = ["PAYLOAD_INDEXES", "SCHEMA_VERSION", "Fingerprint", "Hit", "Hits", "Home", "Page"]

SCHEMA_VERSION = 2
"""Version of the payload; a home that holds a newer one is refused, an older one migrated."""

PAYLOAD_INDEXES = {
    "user": "tenant",
    "character": "keyword",
    "evidence": "keyword",
    "key": "keyword",
    "kind": "keyword",
    "knows": "keyword",
    "message_id": "keyword",
    "supersedes": "keyword",
    "thread": "keyword",
    "abandoned": "integer",
    "distilled": "integer",
    "outdated": "integer",
    "retracted": "integer",
    "secret": "integer",
    "turn": "integer",
    "story_time": "float",
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
    """A point that was read; the score is 0 where nothing was scored, vectors are there where they were asked for."""

    id: str
    score: float
    payload: dict[str, Any]
    vector: dict[str, Any] | None = None


class Hits(NamedTuple):
    """What a search found, best first, as columns: a recall finds a thousand and shows eight."""

    ids: Sequence[bytes]
    """The 16 bytes of each UUID."""
    scores: Sequence[float]

    def by_id(self) -> dict[str, float]:
        """Scores by ids as they are written."""
        return {str(UUID(bytes=known)): score for known, score in zip(self.ids, self.scores, strict=True)}


class Page(NamedTuple):
    """Some of the points that match, by rising id, and the id that the next page starts with."""

    hits: list[Hit]
    after: str | None


class Home(Protocol):
    """One collection with vectors `dense` and `bm25`; every method raises MemoryUnavailable and nothing else.

    A home moves to another embedding while it is in use: `aside` gives an empty collection beside it, which is filled
    while others go on writing to this one; in the end `freeze` stops them for the last differences, and `switch` puts
    the other one in its place. Whatever breaks off on the way, nothing is lost: `aside` finds what is there already.
    """

    @property
    def fingerprint(self) -> Fingerprint:
        """The embedding it was made with."""

    async def upsert(self, points: Sequence[models.PointStruct], *, replace: bool = False) -> None:
        """Write `points`, durably when it returns; one that exists is left as it is, or replaced."""

    async def query(self, requests: Sequence[models.QueryRequest]) -> list[Hits]:
        """Run several searches at once; what each found, in the order of `requests`."""

    async def scroll(
        self,
        where: models.Filter,
        *,
        limit: int,
        start: str | None = None,
        vectors: bool = False,
        fields: Sequence[str] | None = None,
    ) -> Page:
        """Points that match, with these fields of their payload or all; `start` is `after` of the page before."""

    async def count(self, where: models.Filter) -> int:
        """How many points match."""

    async def mark(self, where: models.Filter, payload: dict[str, Any]) -> None:
        """Set payload fields of all points that match."""

    async def delete(self, where: models.Filter) -> None:
        """Delete all points that match, here and in what lies aside; their bytes may stay until `purge`."""

    async def purge(self) -> str:
        """Remove the bytes of what was deleted, here and in what lies aside.

        Returns:
            What can't be promised, in a sentence; empty if no byte is left.
        """

    async def aside(self, fingerprint: Fingerprint) -> "Home":
        """Open the collection of another embedding that lies beside this one; it is created where there is none.

        It is a home of its own, but for `aside`, `freeze` and `switch`, which are asked of the one in use.
        """

    async def freeze(self) -> None:
        """Refuse writes to this collection, by whomever, until `switch`.

        They are let in again when this home is closed or its process dies (Edge), or after ten minutes (a server).
        What was written before is seen by whoever reads after it.
        """

    async def switch(self, fingerprint: Fingerprint) -> None:
        """Put what lies aside in use, atomically, and remove everything else; this home is `closed` after it.

        Homes of the old embedding that are open elsewhere raise MemoryUnavailable from now on.

        Raises:
            MemoryUnavailable: there is nothing of that embedding aside, or this home is not frozen (any more).
        """

    async def close(self) -> None:
        """Let go of connections; what was written stays."""
