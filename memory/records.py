"""What is remembered, on whose behalf it may be recalled, and what a recall gives back."""

import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

__all__ = ["Forgotten", "Memory", "RecalledMemory", "Scope", "Selection", "Why"]

_ID_NAMESPACE = uuid.UUID("0f6a0e52-8f0c-4c4e-9f5d-6d2b7c1e4a11")
_Name = Annotated[str, StringConstraints(min_length=1)]
_Share = Annotated[float, Field(ge=0, le=1)]


def _identity(fields: dict[str, Any]) -> str:
    """Id of a memory: of what it was made of, where that is known, so that a node that runs twice writes one memory."""
    origin = [fields["key"] or fields["message_id"] or "", *fields["evidence"]]
    if not any(origin):
        return str(uuid.uuid4())
    whose = [fields[name] for name in ("user", "character", "thread", "kind")]
    # A turn is its message; what is distilled from one may be several things, told apart by their words.
    words = "" if fields["kind"] == "turn" else fields["text"]
    return str(uuid.uuid5(_ID_NAMESPACE, json.dumps([*whose, *origin, words])))


class Memory(BaseModel):
    """One thing a character remembers of one user: a turn word for word, or what was distilled from turns."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    text: _Name
    kind: _Name = "turn"
    """`turn`, `fact`, `reflection`, `summary`, or a kind of the host's own."""
    speaker: _Name
    character: _Name
    """Whose memory it is."""
    user: _Name
    """The tenant: nothing crosses from one user to another."""
    thread: _Name
    turn: int | None = Field(default=None, ge=0)
    session: str | None = None
    at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    observers: tuple[_Name, ...] | None = None
    """Characters that know it; None means `character` alone (and the user)."""
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    message_id: _Name | None = None
    """Message it was made of."""
    key: _Name | None = None
    """Place on a branch of its thread (`branch_keys`); None for what belongs to no branch."""
    source: Literal["saw", "told", "inferred", "narrated"] = "saw"
    """How it is known."""
    told_by: str | None = None
    secrecy: Literal["open", "secret"] = "open"
    """A secret is recalled only while everybody in the scope's audience knows it too."""
    confidence: _Share = 1.0
    """How sure the character is; a belief may still be wrong (`truth`)."""
    truth: bool | None = None
    """Whether it is so in the story, where the author has said it. Characters recall beliefs, true or not."""
    trust: _Share = 1.0
    """How far its source is trusted; what is distilled has the least trust of its evidence."""
    importance: _Share = 0.5
    story_time: float | None = None
    """When it happened on the story's own clock, in the story's units; None is before all of it."""
    evidence: tuple[_Name, ...] = ()
    """Ids of the memories it rests on."""
    subject: str | None = None
    """Of a fact: what it is about."""
    relation: str | None = None
    """Of a fact: what it says of its subject (`lives in`); only same subject and relation supersede each other."""
    supersedes: tuple[_Name, ...] = ()
    """Ids of the memories it replaces. They are kept, and are seen again wherever it isn't (on another branch)."""
    superseded_by: str | None = None
    """Id of the memory that replaces it on the branch it was recalled on; never written."""
    id: str = Field(default_factory=_identity)
    """A UUID: of what it was made of (key or message, evidence), or random where that is not known."""

    @property
    def told(self) -> str:
        """As a model is told of it: what was said, as said; what was distilled from it is no one's words."""
        return f'{self.speaker} said: "{self.text}"' if self.kind == "turn" else self.text


class Scope(BaseModel):
    """On whose behalf a bank is asked; there is no way to ask without one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    character: _Name
    user: _Name
    thread: _Name | None = None
    """The conversation that is going on; memories of other threads are seen as well."""
    branch: tuple[str, ...] | None = None
    """Keys of the current branch of `thread` (`branch_keys`); of its other branches nothing is seen then."""
    audience: tuple[_Name, ...] = ()
    """Who listens beside the character and the user: no secret is recalled that one of them doesn't know."""
    clock: Literal["wall", "turn", "story"] = "wall"
    """What recency is measured on."""
    turn: int | None = Field(default=None, ge=0)
    """Now, on the turn clock of `thread`."""
    story_time: float | None = None
    """Now, on the story clock: what happens later is not known yet. None knows all."""
    superseded: bool = False
    """Whether what was superseded is seen too."""


class Why(BaseModel):
    """What put a memory where it stands in the list."""

    model_config = ConfigDict(frozen=True)

    dense: float | None
    """Cosine similarity, if it was among the candidates."""
    bm25: float | None
    """BM25 score, if it was among the candidates."""
    recency: float
    """1 for now, 0.5 a half-life ago, on the scope's clock."""
    importance: float
    text: str
    """The same as one readable line."""


class RecalledMemory(BaseModel):
    """A memory, how high it ranks and why: 1 is the best by words and by meaning; cues and neighbours come on top."""

    model_config = ConfigDict(frozen=True)

    memory: Memory
    score: float
    why: Why
    around: tuple[Memory, ...] = ()
    """Turns before and after it in its conversation, in their order, where they were asked for."""


class Selection(BaseModel):
    """What of one user is meant by the user's own rights (list, export, forget): everything, or what the rest names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: _Name
    character: _Name | None = None
    """Whose memories."""
    thread: _Name | None = None
    kind: _Name | None = None
    message_ids: tuple[_Name, ...] | None = None
    ids: tuple[str, ...] | None = None


class Forgotten(BaseModel):
    """What became of a wish to forget."""

    model_config = ConfigDict(frozen=True)

    memories: int
    """How many were deleted, with all that rested on them."""
    remains: str
    """What of the raw bytes this home can't promise to have removed, in a sentence; empty if nothing is left."""
