"""Context: the knobs of a turn, validated, each with a default; Studio shows them as a form."""

import hashlib
import json
import re
import unicodedata
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

__all__ = ["Context", "Language", "SafetyLevel", "Thinking", "is_language_tag"]

Thinking = Literal["auto", "quick", "measured", "deep"]
SafetyLevel = Literal["relaxed", "standard", "strict"]

_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
# A tag that begins with three letters (ISO 639-3 has thousands) is taken at its word.
_LANGUAGES = frozenset(_ISO_639_1.split())
_TAG = re.compile(r"([a-z]{2,3})(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?", re.ASCII)
"""Language, script, region."""


def is_language_tag(tag: str) -> bool:
    """Whether `tag` names a language by a BCP 47 tag of language, script and region, such as `en` or `zh-Hant`."""
    found = _TAG.fullmatch(tag)
    return found is not None and (len(found[1]) > 2 or found[1] in _LANGUAGES)


def _known_language(tag: str) -> str:
    if tag == "auto" or is_language_tag(tag):
        return tag
    raise PydanticCustomError("language", "a language is 'auto' or a tag such as 'en', 'zh', 'pt-BR' or 'zh-Hant'")


Language = Annotated[str, AfterValidator(_known_language)]


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

_LONGEST_KEY = 256
_LONGEST_NAME = 500
_LARGEST_CARD = 2_000_000
"""Bytes of an inline card, which travels with every run."""


def _persona(persona: object) -> object:
    if isinstance(persona, str):
        if not 0 < len(persona) <= _LONGEST_NAME:
            raise PydanticCustomError("persona", f"the name of a persona has 1 to {_LONGEST_NAME} characters")
    elif not isinstance(persona, dict):
        raise PydanticCustomError("persona", "a persona is an id, a name, or a whole card as an object")
    elif (size := _size(persona)) > _LARGEST_CARD:
        raise PydanticCustomError(
            "persona", f"an inline card may take {_LARGEST_CARD:,} bytes, this one takes {size:,}: import it instead"
        )
    return persona


def _size(card: dict[str, Any]) -> int:
    try:
        return len(json.dumps(card))
    except (TypeError, ValueError, RecursionError) as error:
        raise PydanticCustomError("persona", "an inline card holds what JSON holds, and nothing else") from error


def _names(names: object) -> object:
    return (names,) if isinstance(names, str) else tuple(names) if isinstance(names, list) else names


_LorebookName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _on(*nodes: str) -> JsonDict:
    return {"langgraph_nodes": list(nodes)}


class Context(BaseModel):
    """What one assistant, or one call, may choose about the turn.

    Another key is an error, but not on a LangGraph server: that leaves out what the schema doesn't name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    persona: Annotated[str | dict[str, Any], BeforeValidator(_persona)] = Field(
        default="sherlock-holmes",
        description=(
            "Who speaks: the id or name of a built-in character, or of one in ROLEPLAY_PERSONAS; "
            "or a whole character card as an object."
        ),
        json_schema_extra=_on("retrieve_persona"),
    )
    greeting: int = Field(
        default=0,
        ge=0,
        description="Which greeting of the card the conversation began with: 0 is the first, 1 the first alternate.",
        json_schema_extra=_on("retrieve_persona", "respond"),
    )
    lorebooks: Annotated[tuple[_LorebookName, ...], BeforeValidator(_names)] = Field(
        default=(),
        max_length=16,
        description="Names of lorebooks in ROLEPLAY_PERSONAS that stand beside the character's own.",
        json_schema_extra=_on("retrieve_persona"),
    )
    story_time: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Now, on the story's own clock (such as the chapter); what happens later is not known yet.",
        json_schema_extra=_on("retrieve_persona", "recall_memory"),
    )
    user_name: _Name = Field(
        default="Visitor",
        description="What the character calls the user; memories are kept apart by it where there is no login.",
        json_schema_extra=_on("recall_memory", "respond", "remember"),
    )
    user_description: str = Field(
        default="",
        max_length=8000,
        description="Who the user is in the story: looks, trade, past. The character sees it, and lore may match it.",
        json_schema_extra=_on("retrieve_persona", "respond"),
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
        description="Dollars that one turn may cost, where prices are known (ROLEPLAY_PRICE, ROLEPLAY_FALLBACK_PRICE).",
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
    reminisce_after: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description=(
            "Turns after which facts are distilled from what was said, in the background; 0 for never. "
            "Empty means 10, and never on the embedded model."
        ),
        json_schema_extra=_on("remember"),
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

    @cached_property
    def casting(self) -> str:
        """What this context asks for of persona and lorebooks, as one short key."""
        asked = json.dumps([self.persona, *self.lorebooks], sort_keys=True)
        return asked if len(asked) < _LONGEST_KEY else hashlib.sha256(asked.encode()).hexdigest()
