"""Memories as points of Qdrant, and back."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from qdrant_client import models

from langgraph_roleplay.memory.home import SCHEMA_VERSION
from langgraph_roleplay.memory.records import Memory
from langgraph_roleplay.memory.vectors import TextVectors

__all__ = ["CANDIDATE_FIELDS", "to_memory", "to_point"]

CANDIDATE_FIELDS = ["at", "echo"]
"""Payload that ranking needs; the rest is fetched for the few that are shown."""

_DERIVED = ("echo", "knows", "retracted", "schema")


def to_point(memory: Memory, vectors: TextVectors) -> models.PointStruct:
    """A point that carries the whole memory, and what filters and ranking need of it."""
    # Every filtered field is always there (an empty string for no message): a filter on absence reads the payload.
    derived = {
        "at": memory.at.astimezone(UTC).isoformat(),
        "message_id": memory.message_id or "",
        "echo": _echo(memory),
        "knows": list(memory.observers) if memory.observers is not None else [memory.character],
        "retracted": 0,
        "schema": SCHEMA_VERSION,
    }
    payload = memory.model_dump(mode="json", exclude={"id"}) | derived
    return models.PointStruct(id=memory.id, vector=vectors.named(), payload=payload)


def _echo(memory: Memory) -> str:
    """Digest that two memories share when the same speaker said the same words, spacing and case apart."""
    words = " ".join(memory.text.casefold().split())
    return hashlib.blake2b(f"{memory.speaker}\n{words}".encode(), digest_size=8).hexdigest()


def to_memory(point_id: str, payload: dict[str, Any]) -> Memory:
    """The memory that was written as this point."""
    fields = {key: value for key, value in payload.items() if key not in _DERIVED}
    fields["message_id"] = fields["message_id"] or None
    fields["at"] = datetime.fromisoformat(fields["at"])
    return Memory(id=point_id, **fields)
