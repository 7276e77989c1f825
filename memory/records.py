"""What is remembered, on whose behalf it may be recalled, and what a recall gives back."""

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

__all__ = ["Memory", "RecalledMemory", "Scope", "Why"]

_ID_NAMESPACE = uuid.UUID("0f6a0e52-8f0c-4c4e-9f5d-6d2b7c1e4a11")
_Name = Annotated[str, StringConstraints(min_length=1)]


def _identity(fields: dict[str, Any]) -> str:
    """Id of a memory: the message's own where there is one, so that a node that runs twice writes one memory."""
    if not fields["message_id"]:
        return str(uuid.uuid4())
    name = [fields[key] for key in ("user", "character", "thread", "message_id", "kind")]
    return str(uuid.uuid5(_ID_NAMESPACE, json.dumps(name)))


class Memory(BaseModel):
    """One thing a character remembers of one user, word for word."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    text: _Name
    kind: _Name = "turn"
    speaker: _Name
    character: _Name
    """Whose memory it is."""
    user: _Name
    """The tenant: nothing crosses from one user to another."""
    thread: _Name
    turn: int | None = Field(default=None, ge=0)
    session: str | None = None
    at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    observers: tuple[str, ...] | None = None
    """Characters that know it; None means `character` alone (and the user)."""
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    message_id: _Name | None = None
    """Message it was made of; ties it to a branch of the conversation."""
    id: str = Field(default_factory=_identity)
    """A UUID: of (user, character, thread, message, kind), or random where there is no message."""


class Scope(BaseModel):
    """On whose behalf a bank is asked; there is no way to ask without one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    character: _Name
    user: _Name
    thread: _Name | None = None
    """The conversation that is going on; memories of other threads are seen as well."""
    lineage: tuple[str, ...] | None = None
    """Message ids of the current branch of `thread`; of its other branches nothing is seen then."""


class Why(BaseModel):
    """What put a memory where it stands in the list."""

    model_config = ConfigDict(frozen=True)

    dense: float | None
    """Cosine similarity, if it was among the candidates."""
    bm25: float | None
    """BM25 score, if it was among the candidates."""
    recency: float
    """1 for now, 0.5 a half-life ago."""
    text: str
    """The same as one readable line."""


class RecalledMemory(BaseModel):
    """A memory, how high it ranks (1 is the best both arms can give) and why."""

    model_config = ConfigDict(frozen=True)

    memory: Memory
    score: float
    why: Why
