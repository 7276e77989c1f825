"""Lore of a turn: what the engine is shown of the conversation, and its entries on their way through the state."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.models import ModelProfile
from langgraph_roleplay.nodes._told_lore import filled
from langgraph_roleplay.personas import Persona, lasting_macros
from langgraph_roleplay.personas.lore import (
    ActivatedEntry,
    LeftOut,
    Lore,
    LoreOutcome,
    LoreScan,
    LoreState,
    ScannedMessage,
    activate_lore,
)
from langgraph_roleplay.prompts.budget import estimate_tokens
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import LoreNote, State
from langgraph_roleplay.turn import branch_of, context_of, lore_of, user_message

__all__ = ["call_lore", "lore_entries", "lore_notes", "make_ready", "scan_of"]


async def make_ready(lore: Lore, persona: Persona, context: Context) -> None:
    """Put names into the lore's keys, beside the event loop where these are new: that may take a moment."""
    if not lore.ready(persona.display_name, context.user_name):
        await asyncio.to_thread(lore.indexes, persona.display_name, context.user_name)


def scan_of(
    state: State,
    persona: Persona,
    context: Context,
    *,
    found: Mapping[str, float],
    depth: int | None = None,
    thread: str = "",
) -> LoreScan:
    """What the conversation offers to match against, up to the message that is answered.

    Args:
        state: the turn's.
        persona: who answers.
        context: of the call.
        found: scores of entries that were found by meaning.
        depth: how many of the newest messages are read (`Lore.depth`); None: all.
        thread: the conversation's id, by which the dice in its greeting fall.
    """
    message, branch = user_message(state), branch_of(state)
    backwards = [said for said in reversed(state["messages"]) if said.type in ("human", "ai")]
    # What other agents said since is on the branch, but it is not what is answered.
    later = next((age for age, said in enumerate(backwards) if said is message), 0)
    newest = backwards[later : None if depth is None else later + depth][::-1]
    return LoreScan(
        messages=[
            ScannedMessage("user", context.user_name, said.text)
            if said.type == "human"
            else ScannedMessage("assistant", persona.display_name, said.text)
            for said in newest
        ],
        char=persona.display_name,
        user=context.user_name,
        branch=branch[: len(branch) - later],
        greeting=context.greeting if persona.greetings else None,
        opening=_opening(persona, context, thread) if depth is None or len(branch) - later < depth else "",
        sources=_sources(persona, context),
        found=found,
        trigger="normal" if message else "continue",
    )


def call_lore(lore: Lore, scan: LoreScan, profile: ModelProfile, *, state: LoreState, seed: str) -> LoreOutcome:
    """What a turn's lore is for a model of `profile`; see `activate_lore`."""
    return activate_lore(
        lore,
        scan,
        state=state,
        seed=seed,
        budget=profile.prompt_tokens,  # more would only fill the state
        context_tokens=profile.prompt_tokens,
        count=estimate_tokens,
    )


def lore_notes(outcome: LoreOutcome) -> list[LoreNote]:
    """What the state keeps of an outcome: all but the texts."""
    return [*map(_note, outcome.entries), *map(_missed, outcome.left_out)]


async def lore_entries(state: State, runtime: Runtime[Context], *, resources: Resources) -> list[ActivatedEntry]:
    """The entries of this turn with their texts, macros untouched."""
    lore = await resources.lore(context_of(runtime))
    called = [note for note in lore_of(state) if not note["left_out"]]
    return [_entry(note, text) for note in called if (text := lore.text(note["uid"]))]


def _opening(persona: Persona, context: Context, thread: str) -> str:
    """The greeting as the prompt shows it."""
    greetings = persona.greetings
    chosen = greetings[context.greeting] if context.greeting < len(greetings) else persona.first_mes
    macros = lasting_macros(persona, user=context.user_name, about_user=context.user_description, thread=thread)
    return filled(chosen, macros)


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
    nowhere = ActivatedEntry(text="", place="outlet", **asdict(entry))
    return {**_note(nowhere), "left_out": True}


def _entry(note: LoreNote, text: str) -> ActivatedEntry:
    known: dict[str, Any] = {name: value for name, value in note.items() if name not in ("left_out", "speaks_as")}
    return ActivatedEntry(text=text, role=note["speaks_as"], **known)
