"""Memories as points of Qdrant, and back.

Every field that a filter names is always there (an empty string for no message), because a filter on absence reads
the payload of every point.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from qdrant_client import models

from langgraph_roleplay.memory.home import SCHEMA_VERSION
from langgraph_roleplay.memory.homes.migrations import ALWAYS
from langgraph_roleplay.memory.ranking.cues import asks
from langgraph_roleplay.memory.records import Memory
from langgraph_roleplay.memory.vectors import TextVectors

__all__ = ["CANDIDATE_FIELDS", "to_memory", "to_point"]

CANDIDATE_FIELDS = [
    "asks",
    "at",
    "echo",
    "importance",
    "length",
    "session",
    "speaker",
    "story_time",
    "thread",
    "turn",
]
"""Payload that ranking needs, and that a memory keeps until it is edited."""

_FLAGS = {"abandoned": 0, "distilled": 0, "outdated": 0, "retracted": 0}
"""What became of a memory, 0 or 1: its branch was left; the layer above has been made of it; something replaces it
(somewhere); its message was taken back.

No booleans: Qdrant Edge 0.9.0 takes a boolean in a filter for a number and finds nothing.
"""

_EMPTY = {"message_id": "", "key": "", "story_time": ALWAYS}
_DERIVED = (*_FLAGS, "asks", "echo", "knows", "length", "schema", "secret")


def to_point(
    memory: Memory, vectors: TextVectors, *, flags: Mapping[str, Any] = MappingProxyType(_FLAGS)
) -> models.PointStruct:
    """A point that carries the whole memory, and what filters and ranking need of it.

    Args:
        memory: what is remembered.
        vectors: of its text.
        flags: what became of it so far: a payload that it had; default: nothing.
    """
    fields = memory.model_dump(mode="json", exclude={"id", "superseded_by"})
    derived = {
        "asks": int(asks(memory.text)),
        "at": memory.at.astimezone(UTC).isoformat(),
        "echo": _echo(memory),
        "knows": list(memory.observers) if memory.observers is not None else [memory.character],
        "length": len(memory.text),
        "schema": SCHEMA_VERSION,
        "secret": int(memory.secrecy == "secret"),
    }
    empty = {key: blank for key, blank in _EMPTY.items() if fields.get(key) is None}
    payload = fields | empty | derived | {flag: flags.get(flag, 0) for flag in _FLAGS}
    return models.PointStruct(id=memory.id, vector=vectors.named(), payload=payload)


def _echo(memory: Memory) -> str:
    """Digest that two memories share when the same speaker said the same words, spacing and case apart."""
    words = " ".join(memory.text.casefold().split())
    return hashlib.blake2b(f"{memory.speaker}\n{words}".encode(), digest_size=8).hexdigest()


def to_memory(point_id: str, payload: dict[str, Any], *, superseded_by: str | None = None) -> Memory:
    """The memory that was written as this point."""
    fields = {key: value for key, value in payload.items() if key not in _DERIVED}
    fields |= {key: None for key, blank in _EMPTY.items() if payload.get(key) == blank}
    fields["at"] = datetime.fromisoformat(fields["at"])
    return Memory(id=point_id, superseded_by=superseded_by, **fields)
