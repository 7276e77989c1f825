"""retrieve_persona: find who speaks, and what of their lore and documents the conversation touches."""

import asyncio
from collections.abc import Mapping
from typing import Any

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import RecalledMemory
from langgraph_roleplay.models import raise_if_blocking
from langgraph_roleplay.nodes._lore import call_lore, lore_notes, make_ready, scan_of
from langgraph_roleplay.nodes._recalled import documents_of, recall_note
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.personas.lore import Lore, LoreOutcome
from langgraph_roleplay.resources import MEMORY_SECONDS, Resources, memory_errors
from langgraph_roleplay.state import Event, State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import context_of, history_of, note_event, thread_of, user_message

__all__ = ["retrieve_persona"]

_PASSAGES = 3
_INDEXING_SECONDS = 5.0
"""How long a turn indexes lore before it goes on with what can be found so far."""
_NAMED = 5
"""Entries of lore that an event names."""
_QUERY_MESSAGES = 3
"""How many of the last messages are asked with: a passage is looked for on what is being talked about."""


async def retrieve_persona(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Load the persona, match its lore, and look into its documents.

    Raises:
        PersonaError: the context names nobody we know: the caller's mistake, said at once.
    """
    context = context_of(runtime)
    persona, lore = await resources.persona(context), await resources.lore(context)
    annotate_run(persona=persona.id, persona_hash=persona.hash)
    await make_ready(lore, persona, context)
    passages, found, events = await _look_up(state, persona, lore, context, resources=resources)
    before = state.get("lore_state") or {}
    thread = thread_of(state, runtime)
    scan = scan_of(state, persona, context, found=found, depth=lore.depth, thread=thread)
    outcome = call_lore(lore, scan, resources.profile(context), state=before, seed=state["reply_id"])
    return {
        "persona": {"id": persona.id, "name": persona.display_name, "hash": persona.hash},
        "lore": lore_notes(outcome),
        "passages": [recall_note(passage) for passage in passages],
        "events": [*note_event("retrieve_persona", _line(persona, outcome)), *events],
        **({"lore_state": outcome.state} if outcome.state != before else {}),
    }


def _line(persona: Persona, outcome: LoreOutcome) -> str:
    names = [entry.name for entry in outcome.entries]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{persona.display_name} ({persona.hash}); lore: {', '.join(names[:_NAMED]) or 'none'}{more}"


async def _look_up(
    state: State, persona: Persona, lore: Lore, context: Context, *, resources: Resources
) -> tuple[list[RecalledMemory], Mapping[str, float], list[Event]]:
    """Passages of the character's documents and lore found by meaning, where there are any."""
    query, by_meaning = _query(state), {entry.uid: entry.content for entry in lore.entries if entry.vectorized}
    whose = documents_of(persona, context)
    if whose is None or not query:
        return [], {}, _keys_alone(len(by_meaning)) if by_meaning and query else []
    passages, found, events, off = list[RecalledMemory](), dict[str, float](), list[Event](), "documents were"
    try:
        async with asyncio.timeout(MEMORY_SECONDS):
            library = await resources.library(make=bool(by_meaning))
            if library is not None:
                passages = await library.passages(whose, query, story_time=context.story_time, k=_PASSAGES)
                events, off = _passages_note(len(passages)), "lore by meaning was"
            if library is not None and by_meaning:
                left = await library.index_lore(by_meaning.values(), seconds=_INDEXING_SECONDS)
                events += _indexing_note(left, len(by_meaning))
                found = await library.find_lore(query, by_meaning)
    except memory_errors() as error:
        raise_if_blocking(error)
        events += note_event("retrieve_persona", f"{off} off: {error}", kind="degraded")
    return passages, found, events


def _passages_note(count: int) -> list[Event]:
    return note_event("retrieve_persona", f"{count} passages of documents") if count else []


def _indexing_note(left: int, count: int) -> list[Event]:
    said = f"entries of lore that can't be found by meaning yet: {left} of {count}; the next turns go on indexing"
    return note_event("retrieve_persona", said, kind="degraded") if left else []


def _keys_alone(count: int) -> list[Event]:
    said = f"entries of lore that go by their keys alone, because the card came with the call: {count}"
    return note_event("retrieve_persona", said)


def _query(state: State) -> str:
    message = user_message(state)
    spoken = [earlier.text for earlier in history_of(state)] + ([message.text] if message else [])
    return "\n".join(spoken[-_QUERY_MESSAGES:]).strip()
