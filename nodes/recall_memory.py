"""recall_memory: what of earlier turns bears on this one."""

import asyncio
from typing import Any

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import RecalledMemory
from langgraph_roleplay.models import raise_if_blocking
from langgraph_roleplay.nodes._prompting import earlier_shown
from langgraph_roleplay.nodes._recalled import recall_note
from langgraph_roleplay.resources import MEMORY_SECONDS, Resources, memory_errors
from langgraph_roleplay.safety import words
from langgraph_roleplay.state import State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import context_of, history_of, note_event, scope_of, user_message, user_messages

__all__ = ["recall_memory"]

_SHORT_QUERY = 4
"""Words, or characters of Chinese; a shorter message is asked together with the one before it.

"And then?" alone recalls nothing.
"""


async def recall_memory(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Recall the best earlier memories that the prompt does not show anyway."""
    context = context_of(runtime)
    query = _query(state)
    if not query or not context.recall_size:
        return {"recalled": [], "events": note_event("recall_memory", "nothing to recall by")}
    persona = await resources.persona(context)
    scope = scope_of(state, runtime, character=persona.id)
    shown = await earlier_shown(state, runtime, resources=resources)
    exclude = {str(message.id) for message in [*shown, *user_messages(state)]}
    try:
        async with asyncio.timeout(MEMORY_SECONDS):
            bank = await resources.memory()
            hits = await bank.recall(query, scope=scope, k=context.recall_size, exclude=exclude)
    except memory_errors() as error:
        raise_if_blocking(error)
        event = note_event("recall_memory", f"memory was off: {error}", kind="degraded")
        return {"recalled": [], "events": event}
    notes = [recall_note(hit) for hit in hits]
    annotate_run(memory_ids=[note["id"] for note in notes], memory_scores=[note["score"] for note in notes])
    return {"recalled": notes, "events": note_event("recall_memory", _line(hits))}


def _query(state: State) -> str:
    message = user_message(state)
    texts = [message.text] if message else [earlier.text for earlier in history_of(state)[-1:]]
    if message and len(words(message.text)) < _SHORT_QUERY:
        said = [earlier.text for earlier in history_of(state) if earlier.type == "human"]
        texts = said[-1:] + texts
    return "\n".join(texts).strip()


def _line(hits: list[RecalledMemory]) -> str:
    if not hits:
        return "no memory bears on this"
    return f"{len(hits)} recalled, best {hits[0].score:.3f}: {hits[0].memory.text[:60]!r}"
