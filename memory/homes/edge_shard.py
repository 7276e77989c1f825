"""One shard of an Edge folder, held open by the folder's owner.

What is promised: when a write returns, its entry in the write-ahead log has been brought to the disk (`fdatasync`), and
a load redoes what the log holds. So a killed process loses nothing that it acknowledged; nor does a power cut, as far
as the disk keeps what it says it has written. What was not acknowledged is there whole or not at all, point by point.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import qdrant_edge as edge

from langgraph_roleplay.memory.homes.edge_disk import refuse_full_disk, size_of
from langgraph_roleplay.memory.homes.edge_query import from_vectors, to_filter, to_point, to_query
from langgraph_roleplay.memory.homes.edge_wire import pack_hits

__all__ = ["Shard"]

_sync_data = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync
_LONGEST_LOG = 256  # writes that a load may have to redo
_INDEXES: dict[str, edge.KeywordIndexParams | edge.PayloadSchemaType] = {
    "tenant": edge.KeywordIndexParams(is_tenant=True),
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
    "datetime": edge.PayloadSchemaType.Datetime,
}


class Shard:
    """A directory of Qdrant Edge."""

    def __init__(self, path: Path, shard: edge.EdgeShard) -> None:
        self.path = path
        self._shard = shard
        self._unflushed = 0

    @classmethod
    def create(cls, path: Path, *, dimension: int, indexes: dict[str, str]) -> Iterator[None]:
        """Make an empty shard with its indexes, a slice a step: each syncs some ten files. `load` it afterwards.

        Raises:
            MemoryUnavailable: the disk is nearly full.
        """
        refuse_full_disk(path.parent)
        # A scan of 100,000 memories of one user is three times as fast on quantized vectors; scores stay exact.
        quantized = edge.TurboQuantQuantizationConfig(always_ram=True)
        dense = edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine, quantization_config=quantized)
        sparse = edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)
        # One search thread: a scoped query is a millisecond of work, and handing it over costs another.
        config = edge.EdgeConfig(vectors={"dense": dense}, sparse_vectors={"bm25": sparse}, max_search_threads=1)
        shard = edge.EdgeShard.create(str(path), config)
        try:
            for field, kind in indexes.items():
                yield
                shard.update(edge.UpdateOperation.create_field_index(field, _INDEXES[kind]))
            shard.flush()
        finally:
            shard.close()

    @classmethod
    def load(cls, path: Path) -> "Shard":
        """Open a shard that is there."""
        return cls(path, edge.EdgeShard.load(str(path)))

    def size(self) -> int:
        """Bytes on the disk."""
        return size_of(self.path)

    def query(self, requests: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
        """The hits of each request, packed."""
        lists = self._shard.query_batch(edge.QueryBatchRequest([to_query(dump) for dump in requests]))
        return [pack_hits([(cast(UUID, found.id).bytes, found.score) for found in listed]) for listed in lists]

    def scroll(
        self,
        where: dict[str, Any] | None,
        *,
        limit: int,
        start: str | None = None,
        vectors: bool = False,
        fields: list[str] | None = None,
    ) -> tuple[list[tuple[Any, ...]], str | None]:
        """Points by rising id as (id, payload or a row of the asked fields, vectors), and the next page's first id."""
        page = edge.ScrollRequest(
            offset=start, limit=limit, filter=to_filter(where), with_payload=fields or True, with_vector=vectors
        )
        records, after = self._shard.scroll(page)
        hits = [
            (
                str(one.id),
                one.payload if fields is None else _row(one.payload, fields),
                from_vectors(one.vector) if vectors else None,
            )
            for one in records
        ]
        return hits, None if after is None else str(after)

    def among(self, ids: list[str]) -> set[str]:
        """Which of the ids are here."""
        return {str(one.id) for one in self._shard.retrieve(list(ids), False, False)}

    def count(self, where: dict[str, Any]) -> int:
        """How many points match."""
        return self._shard.count(edge.CountRequest(filter=to_filter(where), exact=True))

    def upsert(self, points: Sequence[dict[str, Any]], *, replace: bool) -> None:
        """Write points; one that exists is replaced, or left as it is."""
        mode = edge.UpdateMode.Upsert if replace else edge.UpdateMode.InsertOnly
        self._write(edge.UpdateOperation.upsert_points([to_point(dump) for dump in points], update_mode=mode))

    def take(self, points: Sequence[dict[str, Any]]) -> None:
        """Write points, replacing what is there, but leave it to the next `flush` to bring them to the disk."""
        refuse_full_disk(self.path.parent)
        self._shard.update(edge.UpdateOperation.upsert_points([to_point(dump) for dump in points]))
        self._unflushed += 1

    def mark(self, where: dict[str, Any], payload: dict[str, Any]) -> None:
        """Set payload fields of what matches."""
        self._write(edge.UpdateOperation.set_payload_by_filter(_required(where), payload))

    def delete(self, where: dict[str, Any]) -> None:
        """Delete what matches."""
        self._write(edge.UpdateOperation.delete_points_by_filter(_required(where)))

    def flush(self) -> None:
        """Fold the log in; 10 ms at the median, 50 to 80 at p95."""
        if self._unflushed:
            refuse_full_disk(self.path.parent)
            self._shard.flush()
            self._unflushed = 0

    def close(self) -> None:
        """Let go of the files."""
        self.flush()
        self._shard.close()

    def abandon(self) -> None:
        """Let go of the files of a shard that is about to be removed."""
        self._shard.close()

    def _write(self, operation: edge.UpdateOperation) -> None:
        refuse_full_disk(self.path.parent)
        self._shard.update(operation)
        self._sync_log()
        self._unflushed += 1
        if self._unflushed >= _LONGEST_LOG:
            self.flush()

    def _sync_log(self) -> None:
        """Bring the write-ahead log to the disk: all that a load needs to redo the write, in 1 ms instead of 25."""
        for path in (self.path / "wal").iterdir():
            if path.name.startswith("tmp-"):  # Edge's next log, still empty; it may be renamed while we look at it
                continue
            log = os.open(path, os.O_RDWR)
            try:
                _sync_data(log)
            finally:
                os.close(log)


def _row(payload: dict[str, Any] | None, fields: Sequence[str]) -> list[Any]:
    return [(payload or {}).get(field) for field in fields]


def _required(where: dict[str, Any]) -> edge.Filter:
    if not any(where.values()):
        raise ValueError("a write needs a filter")
    found = to_filter(where)
    assert found is not None
    return found
