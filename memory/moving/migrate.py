"""A bank from one home into another, vectors and all; the home it comes from is only read."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from qdrant_client import models

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.home import Hit, Home
from langgraph_roleplay.memory.moving.aligned import aligned, changed_fields
from langgraph_roleplay.memory.moving.all_users import everything, these
from langgraph_roleplay.memory.moving.one_moment import Progress

__all__ = ["Migrated", "migrate", "same_home"]

_BATCH = 128  # memories: with long vectors a few MB, and a server takes 32 at once
_ROUNDS = 5
_PORTS = {"http": "6333", "https": "6333", "grpc": "6334", "grpcs": "6334"}


class Migrated(NamedTuple):
    """What a migration did: memories that were copied, and those that are there with other contents (left so)."""

    copied: int
    different: int


def same_home(one: str, other: str) -> bool:
    """Whether two addresses mean the same home, as far as the addresses tell; looks at the disk."""
    return _plain(one) == _plain(other)


def _plain(location: str) -> str:
    if address := re.match(r"(\w+)://(?:[^/@]*@)?([^/:?]+)(?::(\d+))?([^?]*)", location):
        scheme, host, port, path = address.groups()
        return f"{host.lower()}:{port or _PORTS.get(scheme, '')}{path.rstrip('/')}"
    return str(Path(location).expanduser().resolve())


async def migrate(source: Home, target: Home, *, progress: Progress | None = None) -> Migrated:
    """Copy every memory that `target` doesn't have yet; broken off, the same call goes on where it stopped.

    What is written to `source` meanwhile comes along. When it returns, every memory of `source` is in `target`.

    Args:
        source: where from.
        target: where to; of the same embedding. What is there already stays as it is.
        progress: told how many are compared, of how many.

    Raises:
        MemoryUnavailable: a home failed, they are of different embeddings, or `source` is written to without end.
    """
    if source.fingerprint != target.fingerprint:
        raise MemoryUnavailable(
            f"the memories were made with the embedding {source.fingerprint}, the home they should go to with "
            f"{target.fingerprint}: give one of them the other's with `roleplay memory reindex` first"
        )
    copied = 0
    for _ in range(_ROUNDS):
        missing, different = await _compare(source, target, progress=progress)
        copied += missing
        if not missing:
            return Migrated(copied, different)
    raise MemoryUnavailable(
        f"{copied} memories were copied, but more are being written all the while: let the conversations rest, and "
        "run it again"
    )


async def _compare(source: Home, target: Home, *, progress: Progress | None) -> tuple[int, int]:
    """Copy what is missing; how many were, and how many are different."""
    total = await source.count(everything())
    done = missing = different = 0
    batch = list[str]()
    async for original, copy in aligned(source, target):
        if original is None:
            continue
        if copy is None:
            missing += 1
            batch.append(original.id)
        else:
            different += bool(changed_fields(original, copy))
        done += 1
        if len(batch) == _BATCH:
            await _copy(source, target, batch)
            batch.clear()
        if progress is not None and done % _BATCH == 0:
            progress(done, max(done, total))
    await _copy(source, target, batch)
    return missing, different


async def _copy(source: Home, target: Home, ids: Sequence[str]) -> None:
    if not ids:
        return
    page = await source.scroll(these(ids), limit=len(ids), vectors=True)
    await target.upsert([_point(hit) for hit in page.hits])


def _point(hit: Hit) -> models.PointStruct:
    return models.PointStruct(id=hit.id, vector=hit.vector or {}, payload=hit.payload)
