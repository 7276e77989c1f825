"""The folder of an Edge home, seen from its owner process: whose it is, what it was made with, and its shard.

memory.json   what the vectors were made with, and the version of the payload
owner.lock    held by the one owner process
edge/         the shard, Qdrant Edge's own files
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.edge_inventory import INVENTORY, find_damage, take_inventory
from langgraph_roleplay.memory.edge_query import to_filter, to_point, to_query
from langgraph_roleplay.memory.edge_wire import PROTOCOL

__all__ = ["EdgeFolder"]

_RESERVE = 64 * 2**20  # bytes; Edge maps its files, and a full disk kills the process by SIGBUS
_sync_data = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync
_LONGEST_LOG = 256  # writes that a load may have to redo
_INDEXES: dict[str, edge.KeywordIndexParams | edge.PayloadSchemaType] = {
    "tenant": edge.KeywordIndexParams(is_tenant=True),
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "datetime": edge.PayloadSchemaType.Datetime,
}


class EdgeFolder:
    """One shard; loaded when the first client says which embedding it brings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shard: edge.EdgeShard | None = None
        self._unflushed = 0

    def handle(self, request: dict[str, Any]) -> Any:
        """Answer one request of a client (`op` names a method of `Home`, or is `open` or `flush`).

        Raises:
            MemoryUnavailable: the folder is of another embedding or newer version, or the disk is nearly full.
        """
        if request["op"] == "open":
            self._open(request)
            return None
        if self._shard is None:
            raise MemoryUnavailable(f"the memory folder {self._folder} was not opened")
        if request["op"] == "flush":
            return self._flush(self._shard)
        if request["op"] in ("upsert", "mark", "delete"):
            return self._write(self._shard, request)
        return self._read(self._shard, request)

    def close(self) -> None:
        """Let go of the files."""
        if self._shard is not None:
            self._flush(self._shard)
            self._shard.close()
            take_inventory(self._folder)

    def _open(self, request: dict[str, Any]) -> None:
        if request["protocol"] != PROTOCOL:
            raise MemoryUnavailable(
                f"another version of this program has the memory folder {self._folder} open: close that one first"
            )
        manifest = self._manifest()
        if manifest is None:
            self._refuse_full_disk()
            manifest = {key: request[key] for key in ("embedding", "dimension", "schema")}
            _write_json(self._folder / "memory.json", manifest)
        self._check(manifest, request)
        if self._shard is None:
            self._shard = self._load() if (self._folder / "edge").exists() else self._create(request)

    def _manifest(self) -> dict[str, Any] | None:
        path = self._folder / "memory.json"
        if not path.exists():
            return None
        try:
            manifest = json.loads(path.read_text("utf-8"))
            return {"embedding": str(manifest["embedding"])} | {
                key: int(manifest[key]) for key in ("dimension", "schema")
            }
        except (ValueError, TypeError, KeyError) as error:
            raise MemoryUnavailable(
                f"the memory folder {self._folder} is damaged: memory.json can't be read"
            ) from error

    def _check(self, manifest: dict[str, Any], request: dict[str, Any]) -> None:
        if manifest["schema"] > request["schema"]:
            raise MemoryUnavailable(
                f"the memory folder {self._folder} has schema {manifest['schema']}, "
                f"this version reads up to {request['schema']}: upgrade"
            )
        made_with, brought = (f"{one['embedding']} ({one['dimension']} dimensions)" for one in (manifest, request))
        if made_with != brought:
            raise MemoryUnavailable(
                f"the memory folder {self._folder} was made with the embedding {made_with}, but {brought} is set; "
                "set the one it was made with, or another folder"
            )

    def _create(self, request: dict[str, Any]) -> edge.EdgeShard:
        """Make the shard aside and move it in, so that a crash half-way leaves no half of a shard."""
        self._refuse_full_disk()
        aside = self._folder / "edge.new"
        shutil.rmtree(aside, ignore_errors=True)
        dense = edge.EdgeVectorParams(size=request["dimension"], distance=edge.Distance.Cosine)
        sparse = edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)
        # One search thread: a scoped query is a millisecond of work, and handing it over costs another.
        config = edge.EdgeConfig(vectors={"dense": dense}, sparse_vectors={"bm25": sparse}, max_search_threads=1)
        shard = edge.EdgeShard.create(str(aside), config)
        for field, kind in request["indexes"].items():
            shard.update(edge.UpdateOperation.create_field_index(field, _INDEXES[kind]))
        shard.flush()
        shard.close()
        aside.rename(self._folder / "edge")
        return self._load()

    def _load(self) -> edge.EdgeShard:
        if damaged := find_damage(self._folder):
            raise MemoryUnavailable(f"the memory folder {self._folder} is damaged: {damaged} is not as it was left")
        (self._folder / INVENTORY).unlink(missing_ok=True)
        return edge.EdgeShard.load(str(self._folder / "edge"))

    def _read(self, shard: edge.EdgeShard, request: dict[str, Any]) -> Any:
        if request["op"] == "query":
            batch = edge.QueryBatchRequest([to_query(dump) for dump in request["requests"]])
            return [
                [(str(found.id), found.score, found.payload) for found in hits] for hits in shard.query_batch(batch)
            ]
        where = to_filter(request["where"])
        if request["op"] == "count":
            return shard.count(edge.CountRequest(filter=where, exact=True))
        if request["op"] == "scroll":
            page = edge.ScrollRequest(filter=where, limit=request["limit"], with_payload=True, with_vector=False)
            return [(str(record.id), 0.0, record.payload) for record in shard.scroll(page)[0]]
        raise ValueError(f"unknown request {request['op']!r}")

    def _write(self, shard: edge.EdgeShard, request: dict[str, Any]) -> None:
        self._refuse_full_disk()
        shard.update(_operation(request))
        self._sync_log()
        self._unflushed += 1
        if self._unflushed >= _LONGEST_LOG:
            self._flush(shard)

    def _sync_log(self) -> None:
        """Bring the write-ahead log to the disk: all that a load needs to redo the write, in 1 ms instead of 25."""
        for path in (self._folder / "edge" / "wal").iterdir():
            log = os.open(path, os.O_RDWR)
            try:
                _sync_data(log)
            finally:
                os.close(log)

    def _flush(self, shard: edge.EdgeShard) -> None:
        if self._unflushed:
            self._refuse_full_disk()
            shard.flush()
            self._unflushed = 0

    def _refuse_full_disk(self) -> None:
        free = shutil.disk_usage(self._folder).free
        if free < _RESERVE:
            raise MemoryUnavailable(
                f"the memory folder {self._folder} is read-only now: its disk has {free // 2**20} MB left, "
                f"{_RESERVE // 2**20} MB are kept free"
            )


def _operation(request: dict[str, Any]) -> edge.UpdateOperation:
    if request["op"] == "upsert":
        return edge.UpdateOperation.upsert_points([to_point(dump) for dump in request["points"]])
    where = to_filter(request["where"])
    if where is None:
        raise ValueError(f"{request['op']} needs a filter")
    if request["op"] == "mark":
        return edge.UpdateOperation.set_payload_by_filter(where, request["payload"])
    return edge.UpdateOperation.delete_points_by_filter(where)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file whole or not at all."""
    aside = path.with_name(path.name + ".new")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
