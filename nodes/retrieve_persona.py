"""retrieve_persona: find who speaks, and what of their lore and documents the conversation touches."""

import asyncio
from collections.abc import Mapping
from typing import Any

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import RecalledMemory
from langgraph_roleplay.models import raise_if_blocking
from langgraph_roleplay.nodes._lore import lore_notes, scan_of
from langgraph_roleplay.nodes._recalled import recall_note
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.personas.lore import Lore, LoreOutcome, activate_lore
from langgraph_roleplay.prompts.budget import estimate_tokens
from langgraph_roleplay.resources import MEMORY_SECONDS, Resources, memory_errors
from langgraph_roleplay.state import Event, State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import context_of, history_of, note_event, user_message

__all__ = ["retrieve_persona"]

_PASSAGES = 3
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
    passages, found, events = await _look_up(state, persona, lore, context, resources=resources)
    before, room = state.get("lore_state") or {}, resources.profile(context).prompt_tokens
    outcome = activate_lore(
        lore,
        scan_of(state, persona, context, found=found),
        state=before,
        seed=state["reply_id"],
        budget=room,  # more would only fill the state
        context_tokens=room,
        count=estimate_tokens,
    )
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
    # A card that came with the call is nobody's we know: it gets no documents, and its lore is beside nobody's.
    whose = persona.id if isinstance(context.persona, str) else f"{persona.id}-{persona.hash}"
    try:
        async with asyncio.timeout(MEMORY_SECONDS):
            library = await resources.library(make=bool(by_meaning))
            if library is None or not query:
                return [], {}, []
            await library.index_lore(whose, by_meaning)
            found = await library.find_lore(whose, query) if by_meaning else {}
            passages = await library.passages(whose, query, story_time=context.story_time, k=_PASSAGES)
    except memory_errors() as error:
        raise_if_blocking(error)
        return [], {}, note_event("retrieve_persona", f"documents were off: {error}", kind="degraded")
    return passages, found, note_event("retrieve_persona", f"{len(passages)} passages of documents") if passages else []


def _query(state: State) -> str:
    message = user_message(state)
    spoken = [earlier.text for earlier in history_of(state)] + ([message.text] if message else [])
    return "\n".join(spoken[-_QUERY_MESSAGES:]).strip()
