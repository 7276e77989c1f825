"""The persona: who speaks. Its fields are those of Character Card V3, which holds all of V2 and V1."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from langgraph_roleplay.context import is_language_tag
from langgraph_roleplay.personas.cleaning import clean_for_prompt
from langgraph_roleplay.personas.scripts import guess_language

__all__ = ["Asset", "CardOrigin", "LoreEntry", "Lorebook", "Persona", "make_slug"]

_OURS = "langgraph_roleplay"
_START = re.compile(r"<start>", re.IGNORECASE)
_MACRO = re.compile(r"\{\{[^{}]*\}\}|<(?:bot|char|user)>", re.IGNORECASE)
_NO_BRACES = str.maketrans("", "", "{}")
_MOST_OF_NAME = 1000
_NAME_LENGTH = 80
"""Characters, as many as a user's name may have."""


class _CardPart(BaseModel):
    """Frozen; keeps fields it does not know, because other programs' fields must survive a round trip."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_means_default(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if value is not None or cls._may_be_null(key)}

    @classmethod
    def _may_be_null(cls, key: str) -> bool:
        """Null stays null, and is not the same as absent, where that is not the default in other words."""
        known = cls.model_fields.get(key)
        return known is None or (known.default is None and known.default_factory is None)

    def _to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)


class Asset(_CardPart):
    """A picture, sound or other file that belongs to the card."""

    type: str = ""
    uri: str = ""
    name: str = ""
    ext: str = "unknown"


class LoreEntry(_CardPart):
    """One piece of lore: `content` enters the prompt when one of `keys` is spoken of."""

    keys: tuple[str, ...] = ()
    content: str = ""
    extensions: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True
    insertion_order: int | float = 0
    """Lower stands higher in the prompt."""
    use_regex: bool = False
    constant: bool = False
    case_sensitive: bool = False
    name: str = ""
    priority: int | float | None = None
    """Lower is left out first when the budget is short; without it `insertion_order` decides."""
    id: int | str | None = None
    comment: str = ""
    selective: bool = False
    """Whether one of `secondary_keys` must be there too."""
    secondary_keys: tuple[str, ...] = ()
    position: str | int | None = None


class Lorebook(_CardPart):
    """What a character knows of its world, entry by entry."""

    name: str = ""
    description: str = ""
    scan_depth: int | None = Field(default=None, ge=0)
    """How many recent messages are searched for keys."""
    token_budget: int | None = Field(default=None, ge=0)
    recursive_scanning: bool | None = None
    extensions: dict[str, Any] = Field(default_factory=dict)
    entries: tuple[LoreEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class CardOrigin:
    """Where a persona came from. It is no part of what the persona is: any two origins are equal."""

    path: Path | None = field(default=None, compare=False)
    """The file it was read from, for its picture and its assets; None for JSON, which has neither."""
    spec: str = field(default="", compare=False)
    """What the card called itself, such as `chara_card_v2`; empty for cards of the first version."""
    siblings: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """What stood beside `data` in the card."""
    notices: tuple[str, ...] = field(default=(), compare=False)
    """What was odd about the card and was read all the same, one sentence each."""


class Persona(_CardPart):
    """A character, as its card describes it."""

    name: str
    description: str = ""
    personality: str = ""
    scenario: str = ""
    first_mes: str = ""
    mes_example: str = ""
    creator_notes: str = ""
    system_prompt: str = ""
    post_history_instructions: str = ""
    alternate_greetings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    creator: str = ""
    character_version: str = ""
    extensions: dict[str, Any] = Field(default_factory=dict)
    character_book: Lorebook | None = None
    assets: tuple[Asset, ...] | None = None
    nickname: str | None = None
    creator_notes_multilingual: dict[str, str] | None = None
    source: tuple[str, ...] | None = None
    group_only_greetings: tuple[str, ...] = ()
    creation_date: int | float | None = None
    """Unix seconds, UTC; 0 means withheld."""
    modification_date: int | float | None = None

    _stem: str = PrivateAttr(default="")
    _origin: CardOrigin = PrivateAttr(default_factory=CardOrigin)

    @field_validator("name")
    @classmethod
    def _has_a_name(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("a character needs a name")
        return name

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, stem: str = "", origin: CardOrigin | None = None) -> "Persona":
        """Build a persona from a card's `data`.

        Args:
            data: the fields.
            stem: the name of the file it came from, without its suffix.
            origin: what else is known of that file.

        Raises:
            pydantic.ValidationError: a field has the wrong type.
        """
        persona = cls.model_validate(data)
        persona._stem = stem
        persona._origin = origin or persona._origin
        return persona

    def to_card(self) -> dict[str, Any]:
        """Return the card as it stands on disk: JSON types, unknown fields included, what V3 demands added."""
        data = {**_EMPTY_DATA, **self._to_json()}
        if book := data.get("character_book"):
            data["character_book"] = {**_EMPTY_BOOK, **book}
            data["character_book"]["entries"] = [{**_EMPTY_ENTRY, **entry} for entry in book.get("entries", ())]
        if assets := data.get("assets"):
            data["assets"] = [{**_EMPTY_ASSET, **asset} for asset in assets]
        return {"spec": "chara_card_v3", "spec_version": "3.0", "data": data}

    @property
    def origin(self) -> CardOrigin:
        """Where it came from."""
        return self._origin

    @property
    def notices(self) -> tuple[str, ...]:
        """What was odd about its card and was read all the same, one sentence each."""
        return self._origin.notices

    @property
    def id(self) -> str:
        """Slug of the file's name, or of the character's."""
        return make_slug(self._stem) or make_slug(self.name) or f"persona-{self.hash}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole card, 64 hex digits: what trust rests on."""
        data = self.model_dump(mode="json", exclude_defaults=True)
        canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def hash(self) -> str:
        """The first twelve digits of `digest`, for people."""
        return self.digest[:12]

    def model_copy(self, **options: Any) -> "Persona":
        """See `BaseModel.model_copy`; what was worked out from the old fields is left behind."""
        copied = super().model_copy(**options)
        for name in ("digest", "display_name", "language"):
            copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def display_name(self) -> str:
        """What the character is called in the conversation: one short line, which nothing reads as more than a name."""
        return _shown_name(self.nickname or "") or _shown_name(self.name) or make_slug(self.name)[:_NAME_LENGTH] or "?"

    @property
    def greetings(self) -> tuple[str, ...]:
        """The first message and its alternates, empty ones left out."""
        return tuple(text for text in (self.first_mes, *self.alternate_greetings) if text.strip())

    @property
    def examples(self) -> tuple[str, ...]:
        """Blocks of example dialogue, macros untouched."""
        return tuple(block.strip() for block in _START.split(self.mes_example) if block.strip())

    @cached_property
    def language(self) -> str:
        """Language the card says it speaks, else the one its text is written in: `zh`, `ja` or `en`."""
        said = self._own_extension.get("language")
        text = (self.description, self.personality, self.scenario, self.first_mes, self.mes_example)
        return said if isinstance(said, str) and is_language_tag(said) else guess_language("\n".join(text))

    @property
    def deflections(self) -> tuple[str, ...]:
        """Lines in the character's voice that let a question pass; empty for cards that bring none."""
        lines = self._own_extension.get("deflections")
        return tuple(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ()

    @property
    def is_minor(self) -> bool:
        """Whether the card says that the character is a child, so that the policy is stricter."""
        return self._own_extension.get("minor") is True

    @property
    def _own_extension(self) -> Mapping[str, Any]:
        extension = self.extensions.get(_OURS)
        return extension if isinstance(extension, dict) else {}


def _shown_name(name: str) -> str:
    """It stands in our rules, where a macro, a token of a chat template or a page of text would be an order."""
    bare = _MACRO.sub(" ", clean_for_prompt(name[:_MOST_OF_NAME])).translate(_NO_BRACES)
    return " ".join(bare.split())[:_NAME_LENGTH].rstrip()


def _defaults(part: type[_CardPart], *without: str) -> Mapping[str, Any]:
    blank = part.model_construct().model_dump(mode="json", exclude_none=True)
    return MappingProxyType({key: value for key, value in blank.items() if key not in without})


# What the third version demands of a card, so that strict readers take it.
_EMPTY_DATA = _defaults(Persona)
_EMPTY_BOOK = _defaults(Lorebook, "name", "description")
_EMPTY_ENTRY = _defaults(LoreEntry, "constant", "case_sensitive", "name", "comment", "selective", "secondary_keys")
_EMPTY_ASSET = _defaults(Asset)


def make_slug(name: str) -> str:
    """Return `name` in lower case with hyphens between its words; letters of any script stay."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")
