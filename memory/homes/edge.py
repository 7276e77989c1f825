"""The home in a folder: Qdrant Edge, reached through the folder's owner process, which is started at need."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qdrant_client import models

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.home import PAYLOAD_INDEXES, SCHEMA_VERSION, Fingerprint, Hit, Hits, Page
from langgraph_roleplay.memory.homes.edge_connection import Connection
from langgraph_roleplay.memory.homes.edge_wire import PROTOCOL, pack_vector, unpack_hits, unpack_vector
from langgraph_roleplay.memory.vectors import has_qdrant_edge

__all__ = ["EdgeHome"]

_FRAME = 64  # points; a frame is packed and unpacked in some milliseconds, while nothing else runs


class EdgeHome:
    """One of a folder's collections: the one in use, or the one aside."""

    def __init__(self, folder: Path, connection: Connection, *, fingerprint: Fingerprint, idle_seconds: float) -> None:
        self._folder = folder
        self._connection = connection
        self._fingerprint = fingerprint
        self._idle_seconds = idle_seconds

    @classmethod
    async def open(
        cls, folder: Path, *, fingerprint: Fingerprint | None, idle_seconds: float = 30.0, aside: bool = False
    ) -> "EdgeHome":
        """Connect to the folder's owner, and start it if there is none; a new folder is set up.

        Args:
            folder: absolute.
            fingerprint: embedding the vectors come from; None: whatever the folder was made with.
            idle_seconds: how long an owner that is started here stays when nobody is connected.
            aside: whether what lies aside may be opened too.

        Raises:
            MemoryUnavailable: Edge isn't installed; the folder is damaged, none of ours, of another embedding or newer.
        """
        if not has_qdrant_edge():
            raise MemoryUnavailable(
                f"memories in a folder ({folder}) need Qdrant Edge: pip install 'langgraph-roleplay[embedded]'"
            )
        if fingerprint is None and not await asyncio.to_thread((folder / "memory.json").exists):
            raise MemoryUnavailable(f"there are no memories in {folder}")
        versions = {"protocol": PROTOCOL, "schema": SCHEMA_VERSION, "indexes": PAYLOAD_INDEXES}
        greeting = {"op": "open", "of": fingerprint, "aside": aside, **versions}
        connection = Connection(folder, greeting=greeting, idle_seconds=idle_seconds)
        made_with = Fingerprint(*(await connection.open())["of"])
        return cls(folder, connection, fingerprint=made_with, idle_seconds=idle_seconds)

    @property
    def fingerprint(self) -> Fingerprint:
        """See `Home.fingerprint`."""
        return self._fingerprint

    async def upsert(self, points: Sequence[models.PointStruct], *, replace: bool = False) -> None:
        """See `Home.upsert`."""
        for start in range(0, len(points), _FRAME):
            frame = [_dump_point(point) for point in points[start : start + _FRAME]]
            await self._ask("upsert", points=frame, replace=replace)

    async def query(self, requests: Sequence[models.QueryRequest]) -> list[Hits]:
        """See `Home.query`."""
        packed = await self._ask("query", requests=[_dump_query(request) for request in requests])
        return [Hits(*unpack_hits(hits)) for hits in packed]

    async def scroll(
        self,
        where: models.Filter,
        *,
        limit: int,
        start: str | None = None,
        vectors: bool = False,
        fields: Sequence[str] | None = None,
    ) -> Page:
        """See `Home.scroll`."""
        options = {"limit": limit, "start": start, "vectors": vectors, "fields": fields and list(fields)}
        hits, after = await self._ask("scroll", where=_dump(where), **options)
        return Page([_load_hit(*hit, fields=fields) for hit in hits], after)

    async def count(self, where: models.Filter) -> int:
        """See `Home.count`."""
        return int(await self._ask("count", where=_dump(where)))

    async def mark(self, where: models.Filter, payload: dict[str, Any]) -> None:
        """See `Home.mark`."""
        await self._ask("mark", where=_dump(where), payload=payload)

    async def delete(self, where: models.Filter) -> None:
        """See `Home.delete`."""
        await self._ask("delete", where=_dump(where))

    async def purge(self) -> str:
        """See `Home.purge`. The living memories are copied, and the files they lay in removed: 0.5 s for 3,000.

        Others are served meanwhile. No file of the folder has the text then; the disk's own free blocks may.
        """
        await self._ask("purge")
        return ""

    async def aside(self, fingerprint: Fingerprint) -> "EdgeHome":
        """See `Home.aside`. A folder has one at most: that of a third embedding is removed."""
        await self._ask("aside", to=fingerprint)
        return await EdgeHome.open(self._folder, fingerprint=fingerprint, idle_seconds=self._idle_seconds, aside=True)

    async def freeze(self) -> None:
        """See `Home.freeze`."""
        await self._ask("freeze")

    async def switch(self, fingerprint: Fingerprint) -> None:
        """See `Home.switch`."""
        await self._ask("switch", to=fingerprint)
        await self.close()

    async def close(self) -> None:
        """See `Home.close`."""
        await self._connection.close()

    async def _ask(self, operation: str, **details: Any) -> Any:
        return await self._connection.ask({"op": operation, "of": self._fingerprint, **details})


def _dump(model: models.QueryRequest | models.Filter) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True)


def _dump_point(point: models.PointStruct) -> dict[str, Any]:
    return {"id": point.id, "vector": dict(_dump_vectors(point.vector)), "payload": point.payload}


def _dump_vectors(named: Any) -> Iterator[tuple[str, Any]]:
    for name, vector in named.items():
        yield name, _dump_vector(vector)


def _dump_vector(vector: Any) -> Any:
    if isinstance(vector, models.SparseVector):
        return {"indices": vector.indices, "values": vector.values}
    return pack_vector(vector) if isinstance(vector, list) else vector


def _dump_query(request: models.QueryRequest) -> dict[str, Any]:
    dump = request.model_dump(mode="json", exclude_none=True, exclude={"query"})
    return {**dump, "query": _dump_vector(request.query)}


def _load_hit(known: str, payload: Any, vectors: Any, *, fields: Sequence[str] | None) -> Hit:
    return Hit(
        known, 0.0, payload if fields is None else dict(zip(fields, payload, strict=True)), _load_vectors(vectors)
    )


def _load_vectors(named: dict[str, Any] | None) -> dict[str, Any] | None:
    """Vectors as the other homes give them."""
    if named is None:
        return None
    return {
        name: unpack_vector(vector) if isinstance(vector, str) else models.SparseVector(**vector)
        for name, vector in named.items()
    }
