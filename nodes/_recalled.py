"""What a turn has found, in memory and in documents, on its way through the state."""

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Memory, RecalledMemory
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import RecallNote, State
from langgraph_roleplay.turn import context_of

__all__ = ["documents_of", "passages_of", "recall_note"]

_SUMMARY_LENGTH = 160


def recall_note(hit: RecalledMemory) -> RecallNote:
    """What the state keeps of a hit: enough to read, not the text itself."""
    heading = hit.memory.metadata.get("heading")
    whose = f"{hit.memory.speaker}, {heading}" if heading else hit.memory.speaker
    summary = f"{whose}: {hit.memory.text}"[:_SUMMARY_LENGTH]
    return {"id": hit.memory.id, "score": round(hit.score, 4), "why": hit.why.text, "text": summary}


def documents_of(persona: Persona, context: Context) -> str | None:
    """Whose documents the turn looks into; None for a card that came with the call, because it is nobody's we know."""
    return persona.id if isinstance(context.persona, str) else None


async def passages_of(state: State, runtime: Runtime[Context], *, resources: Resources) -> list[Memory]:
    """The passages that `retrieve_persona` has found, with their texts."""
    ids = [note["id"] for note in state.get("passages") or []]
    library = await resources.library() if ids else None
    if library is None:
        return []
    context = context_of(runtime)
    whose = documents_of(await resources.persona(context), context)
    try:
        return await library.fetch(whose, ids, story_time=context.story_time) if whose else []
    except MemoryUnavailable:
        # It was there a moment ago, for the search: the character speaks without.
        return []
