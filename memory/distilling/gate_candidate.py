"""What a model would like to be remembered, and why it is not."""

from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

__all__ = ["LONGEST", "MOST_EVIDENCE", "Candidate", "Kind", "Refusal", "read_candidate"]

Kind = Literal["fact", "reflection", "summary"]
LONGEST = {"fact": 240, "reflection": 320, "summary": 1600}
"""Characters of a text, by kind."""
MOST_EVIDENCE = {"fact": 6, "reflection": 12, "summary": 400}
_Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]


class Candidate(BaseModel):
    """What a model would like to be remembered."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    text: _Line
    kind: Kind = "fact"
    subject: _Name = ""
    """Of a fact: who or what it is about."""
    relation: _Name = ""
    """Of a fact: what it says of its subject, in two or three words."""
    evidence: tuple[str, ...]
    """Ids of the memories it rests on."""
    importance: Annotated[float, Field(ge=0, le=1)] = 0.5
    when: date | None = None
    """The day it happened."""


class Refusal(NamedTuple):
    """Which rule kept a candidate out, and why, in words that quote nothing of what was said."""

    rule: str
    reason: str


def read_candidate(raw: object, *, kind: Kind = "fact") -> Candidate | Refusal:
    """What a model wrote as a candidate; anything at all may come in."""
    fields: dict[str, Any] = {"kind": kind, **raw} if isinstance(raw, dict) else {}
    try:
        return Candidate.model_validate({name: value for name, value in fields.items() if value not in (None, "")})
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "the whole"
        return Refusal("schema", f"{where}: {error.errors()[0]['msg']}" if fields else "it is no object")
