"""Lore of a turn: what the engine is shown of the conversation, and its entries on their way through the state."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.personas.lore import ActivatedEntry, LeftOut, LoreOutcome, LoreScan, ScannedMessage
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import LoreNote, State
from langgraph_roleplay.turn import branch_of, context_of, history_of, lore_of, user_message

__all__ = ["lore_entries", "lore_notes", "scan_of"]


def scan_of(state: State, persona: Persona, context: Context, *, found: Mapping[str, float]) -> LoreScan:
    """What the conversation offers to match against; `found` are scores of entries that were found by meaning."""
    message = user_message(state)
    spoken = [*history_of(state), *([message] if message else [])]
    return LoreScan(
        messages=[
            ScannedMessage("user", context.user_name, said.text)
            if said.type == "human"
            else ScannedMessage("assistant", persona.display_name, said.text)
            for said in spoken
        ],
        char=persona.display_name,
        user=context.user_name,
        branch=branch_of(state),
        greeting=context.greeting if persona.greetings else None,
        sources=_sources(persona, context),
        found=found,
        trigger="normal" if message else "continue",
    )


def lore_notes(outcome: LoreOutcome) -> list[LoreNote]:
    """What the state keeps of an outcome: all but the texts."""
    return [*map(_note, outcome.entries), *map(_missed, outcome.left_out)]


async def lore_entries(state: State, runtime: Runtime[Context], *, resources: Resources) -> list[ActivatedEntry]:
    """The entries of this turn with their texts, macros untouched."""
    lore = await resources.lore(context_of(runtime))
    called = [note for note in lore_of(state) if not note["left_out"]]
    return [_entry(note, text) for note in called if (text := lore.text(note["uid"]))]


def _sources(persona: Persona, context: Context) -> dict[str, str]:
    depth_prompt = persona.extensions.get("depth_prompt")
    return {
        "user_persona": context.user_description,
        "description": persona.description,
        "personality": persona.personality,
        "scenario": persona.scenario,
        "creator_notes": persona.creator_notes,
        "depth_prompt": str(depth_prompt.get("prompt", "")) if isinstance(depth_prompt, dict) else "",
    }


def _note(entry: ActivatedEntry) -> LoreNote:
    known = {name: value for name, value in asdict(entry).items() if name not in ("text", "role")}
    return cast(LoreNote, known | {"speaks_as": entry.role, "left_out": False})


def _missed(entry: LeftOut) -> LoreNote:
    nowhere = ActivatedEntry(uid=entry.uid, name=entry.name, text="", place="outlet", why=entry.why)
    return {**_note(nowhere), "left_out": True}


def _entry(note: LoreNote, text: str) -> ActivatedEntry:
    known: dict[str, Any] = {name: value for name, value in note.items() if name not in ("left_out", "speaks_as")}
    return ActivatedEntry(text=text, role=note["speaks_as"], **known)
