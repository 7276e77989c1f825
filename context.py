"""Context: the knobs of a turn, validated, each with a default; Studio shows them as a form."""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

__all__ = ["Context", "Language", "SafetyLevel", "Thinking"]

Thinking = Literal["auto", "quick", "measured", "deep"]
SafetyLevel = Literal["relaxed", "standard", "strict"]
Language = Annotated[str, StringConstraints(pattern=r"^(auto|[a-z]{2,3}(-[A-Za-z0-9]{2,8})?)$")]


def _one_printable_line(name: str) -> str:
    """The name goes into the system prompt, where a line or a template token of its own would pass for an order."""
    if "<|" in name or any(unicodedata.category(char) in _NOT_PRINTED for char in name):
        raise PydanticCustomError("name", "a name is one line of printable characters, without '<|'")
    return name


_NOT_PRINTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    AfterValidator(_one_printable_line),
]


def _on(*nodes: str) -> JsonDict:
    return {"langgraph_nodes": list(nodes)}


class Context(BaseModel):
    """What one assistant, or one call, may choose about the turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    persona: str = Field(
        default="sherlock-holmes",
        min_length=1,
        max_length=500,
        description="Who speaks: the id or name of a built-in character, or of one in ROLEPLAY_PERSONAS.",
        json_schema_extra=_on("retrieve_persona"),
    )
    user_name: _Name = Field(
        default="Visitor",
        description="What the character calls the user; memories are kept apart by it where there is no login.",
        json_schema_extra=_on("recall_memory", "respond", "remember"),
    )
    model: str | None = Field(
        default=None,
        description="Chat model as provider:model; empty means ROLEPLAY_MODEL.",
        json_schema_extra=_on("plan", "respond", "reflect"),
    )
    fallback_model: str | None = Field(
        default=None,
        description="Chat model that is asked when the first one fails; empty means ROLEPLAY_FALLBACK_MODEL.",
        json_schema_extra=_on("plan", "respond", "reflect"),
    )
    max_turn_tokens: int = Field(
        default=100_000,
        ge=500,
        description="Tokens that the model calls of one turn may take; beyond it no further call is made.",
        json_schema_extra=_on("plan", "respond", "reflect"),
    )
    max_turn_cost: float | None = Field(
        default=None,
        gt=0,
        description="Dollars that one turn may cost, where the price is known (ROLEPLAY_PRICE).",
        json_schema_extra=_on("plan", "respond", "reflect"),
    )
    thinking: Thinking = Field(
        default="auto",
        description=(
            "quick: one model call. measured: plan and respond. deep: plan, respond, reflect. "
            "auto: quick on the embedded model, measured elsewhere."
        ),
        json_schema_extra=_on("plan", "respond", "reflect"),
    )
    recall_size: int = Field(
        default=4,
        ge=0,
        le=50,
        description="How many earlier memories are recalled at most.",
        json_schema_extra=_on("recall_memory"),
    )
    max_revisions: int = Field(
        default=1,
        ge=0,
        le=5,
        description="How often reflection may send a draft back (deep only).",
        json_schema_extra=_on("reflect"),
    )
    safety: SafetyLevel = Field(
        default="standard",
        description="How strict the checks on messages and replies are.",
        json_schema_extra=_on("check_input", "check_reply"),
    )
    language: Language = Field(
        default="auto",
        description="Language of the reply as a BCP 47 tag (en, zh); auto means the persona's own.",
        json_schema_extra=_on("respond", "deflect"),
    )
