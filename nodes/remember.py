"""remember: keep the turn as it was said, before it ends."""

from typing import Any

from langchain_core.messages import AnyMessage
from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Memory, Scope
from langgraph_roleplay.models import model_errors, raise_if_blocking
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import context_of, note_event, scope_of, thread_of, turn_number

__all__ = ["remember"]


async def remember(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Write both sides of the turn to the bank, and leave what an abandoned branch had kept behind."""
    annotate_run(**{f"turn_{key}": value for key, value in (state.get("usage") or {}).items()})
    verdict = state.get("verdict")
    if verdict is not None and not verdict["keep"]:
        return {"events": note_event("remember", f"not kept, because of {verdict['rule']}")}
    scope = scope_of(state, runtime, character=state["persona"]["id"])
    memories = _memories(state, runtime, scope)
    off: tuple[type[BaseException], ...] = (MemoryUnavailable, *model_errors())
    try:
        bank = await resources.memory()
        await bank.remember(memories)
        await bank.settle_branch(scope, turn=turn_number(state), message_ids=scope.lineage or ())
    except off as error:
        raise_if_blocking(error)
        return {"events": note_event("remember", f"not kept, memory was off: {error}", kind="degraded")}
    return {"events": note_event("remember", f"kept {len(memories)} memories")}


def _memories(state: State, runtime: Runtime[Context], scope: Scope) -> list[Memory]:
    """What this turn added to the conversation: the user's words, if there were any, and the reply."""
    spoken = [message for message in state["messages"][-2:] if message.text.strip()]
    return [_memory(message, state, runtime, scope) for message in spoken]


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
