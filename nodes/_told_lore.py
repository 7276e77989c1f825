"""Entries of lore as pieces of a prompt: their macros filled in, at their places or in the outlets that name them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from langgraph_roleplay.personas import MacroScene, expand
from langgraph_roleplay.personas.cleaning import clean_for_prompt
from langgraph_roleplay.personas.lore import ActivatedEntry
from langgraph_roleplay.prompts.sections import Piece
from langgraph_roleplay.state import State
from langgraph_roleplay.turn import history_of, lore_of, user_message

__all__ = ["called_macros", "filled", "lore_pieces", "missed_lore", "outlet_texts"]


def filled(text: str, macros: MacroScene) -> str:
    """The text of a card as a model may read it."""
    return clean_for_prompt(expand(text, macros=macros)).strip() if text else ""


def called_macros(state: State, lasting: MacroScene) -> MacroScene:
    """What macros stand for in the texts of this turn alone."""
    said = {message.type: message.text for message in history_of(state)}
    message = user_message(state)
    user_said, char_said = message.text if message else said.get("human", ""), said.get("ai", "")
    clock = state.get("clock")
    idle = clock["idle"] if clock else None
    return replace(
        lasting,
        # Its dice fall anew with every reply, but not between the model calls of one.
        turn=state["reply_id"],
        last_message=user_said if message else char_said,
        last_user_message=user_said,
        last_char_message=char_said,
        now=datetime.fromtimestamp(clock["now"]).astimezone() if clock else None,
        idle=None if idle is None else timedelta(seconds=idle),
    )


def lore_pieces(
    entries: Sequence[ActivatedEntry], *, lasting: MacroScene, called: MacroScene | None = None
) -> list[Piece]:
    """The entries that stand at a place of their own; without `called` only those that stand in every prompt."""
    return [
        _piece(entry, lasting if entry.constant else called or lasting)
        for entry in entries
        if entry.place != "outlet" and (called or entry.constant)
    ]


def outlet_texts(entries: Sequence[ActivatedEntry], macros: MacroScene) -> Mapping[str, str]:
    """What `{{outlet::name}}` stands for, by name."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        if entry.place == "outlet":
            found.setdefault(entry.outlet, []).append(filled(entry.text, macros))
    return {name: "\n".join(filter(None, texts)) for name, texts in found.items()}


def missed_lore(state: State, entries: Sequence[ActivatedEntry]) -> list[Piece]:
    """What the engine left out, and entries for outlets, which have no place of their own."""
    missed = [(note["name"], note["why"]) for note in lore_of(state) if note["left_out"]]
    outlets = [entry for entry in entries if entry.place == "outlet"]
    missed += [(entry.name, f"it is shown only where {{{{outlet::{entry.outlet}}}}} stands") for entry in outlets]
    return [Piece(name=name, text="", source="lorebook", why=f"left out: {why}") for name, why in missed]


def _piece(entry: ActivatedEntry, macros: MacroScene) -> Piece:
    return Piece(
        name=entry.name,
        text=filled(entry.text, macros),
        source="lorebook",
        why=entry.why,
        place=entry.place,
        depth=entry.depth,
        role=entry.role,
        constant=entry.constant,
        priority=entry.priority,
        first_out=entry.first_out,
    )
