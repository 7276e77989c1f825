"""remember: keep the turn as it was said, before it ends."""

import asyncio
from itertools import takewhile
from typing import Any

from langchain_core.messages import AnyMessage
from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Memory, Scope
from langgraph_roleplay.models import raise_if_blocking
from langgraph_roleplay.resources import MEMORY_SECONDS, Resources, memory_errors
from langgraph_roleplay.state import State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import context_of, note_event, scope_of, thread_of, turn_number

__all__ = ["remember"]


async def remember(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Write both sides of the turn to the bank, and hide what an abandoned branch had kept."""
    annotate_run(**{f"turn_{key}": value for key, value in (state.get("usage") or {}).items()})
    verdict = state.get("verdict")
    scope = scope_of(state, runtime, character=state["persona"]["id"])
    unkept = verdict["rule"] if verdict is not None and not verdict["keep"] else ""
    memories = [] if unkept else [_memory(message, state, runtime, scope) for message in _spoken(state)]
    try:
        async with asyncio.timeout(MEMORY_SECONDS):
            bank = await resources.memory()
            await bank.remember(memories)
            await bank.settle_branch(scope, turn=turn_number(state), message_ids=scope.lineage or ())
    except memory_errors() as error:
        raise_if_blocking(error)
        return {"events": note_event("remember", f"not kept, memory was off: {error}", kind="degraded")}
    line = f"not kept, because of {unkept}" if unkept else f"kept {len(memories)} memories"
    return {"events": note_event("remember", line)}


def _spoken(state: State) -> list[AnyMessage]:
    """The reply, and what the user said before it since the reply before."""
    messages = state["messages"]
    place = next(n for n, message in enumerate(messages) if message.id == state["reply_id"])
    before = list(takewhile(lambda message: message.type == "human", reversed(messages[:place])))
    return [message for message in [*reversed(before), messages[place]] if message.text.strip()]


def _memory(message: AnyMessage, state: State, runtime: Runtime[Context], scope: Scope) -> Memory:
    return Memory(
        text=message.text,
        kind="turn",
        speaker=context_of(runtime).user_name if message.type == "human" else state["persona"]["name"],
        character=scope.character,
        user=scope.user,
        thread=thread_of(state, runtime),
        turn=turn_number(state),
        message_id=message.id,
    )
