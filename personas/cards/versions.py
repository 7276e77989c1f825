"""One card in three versions, and the second version as it stands beside the third for programs that know no other."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from langgraph_roleplay.personas.card import Persona

__all__ = ["Spec", "back_fill", "to_version"]

Spec = Literal["v1", "v2", "v3"]

_WARNING = (
    "This is the second version of a card that is kept in the third, for programs that read no other. "
    "Edited here, it loses what only the third version can say."
)
_ONLY_V3 = frozenset(
    {
        "assets",
        "nickname",
        "creator_notes_multilingual",
        "source",
        "group_only_greetings",
        "creation_date",
        "modification_date",
    }
)
_TWICE = {name: name for name in ("name", "description", "personality", "scenario", "first_mes", "mes_example")} | {
    "creatorcomment": "creator_notes"
}
"""What SillyTavern writes beside `data` again, and the field it is a copy of."""
_DECORATORS = re.compile(r"\A\s*(?:@@[^\n]*(?:\n\s*|\Z))+")


def to_version(persona: Persona, spec: Spec) -> dict[str, Any]:
    """Return the card in this version; what a version has no field for is kept as an unknown one."""
    card = persona.to_card()
    data = card["data"]
    beside = {key: data[_TWICE[key]] if key in _TWICE else value for key, value in persona.origin.siblings.items()}
    if spec == "v1":
        return {**beside, **data}
    version = {"spec": "chara_card_v2", "spec_version": "2.0"} if spec == "v2" else {}
    return {**beside, **card, **version}


def back_fill(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the second version of a card of the third: what it can't say is left out, decorators too, with a word."""
    data = {key: value for key, value in card["data"].items() if key not in _ONLY_V3}
    data["creator_notes"] = f"{_WARNING}\n\n{data['creator_notes']}".strip()
    if book := data.get("character_book"):
        entries = [{**entry, "content": _DECORATORS.sub("", entry["content"])} for entry in book["entries"]]
        data["character_book"] = {**book, "entries": entries}
    return {**card, "spec": "chara_card_v2", "spec_version": "2.0", "data": data}
