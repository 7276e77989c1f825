"""retrieve_persona: find who speaks, and what of their lore the conversation touches."""

from typing import Any

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.nodes._scene import recent_texts
from langgraph_roleplay.personas import match_lore
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import LoreNote, State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import context_of, note_event

__all__ = ["retrieve_persona"]


async def retrieve_persona(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Load the persona and match its lorebook against the recent messages.

    Raises:
        PersonaError: the context names nobody we know: the caller's mistake, said at once.
    """
    persona = await resources.persona(context_of(runtime))
    annotate_run(persona=persona.id, persona_hash=persona.hash)
    matches = match_lore(persona.character_book, recent_texts(state))
    lore: list[LoreNote] = [{"key": match.key or match.entry.name or "", "why": match.why} for match in matches]
    found = ", ".join(note["key"] for note in lore) or "none"
    return {
        "persona": {"id": persona.id, "name": persona.display_name, "hash": persona.hash},
        "lore": lore,
        "events": note_event("retrieve_persona", f"{persona.display_name} ({persona.hash}); lore: {found}"),
    }
