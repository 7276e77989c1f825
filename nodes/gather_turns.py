"""gather_turns: the next turns that nothing was distilled from yet, of one conversation, on its living branch."""

from typing import Any, Literal

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Memory
from langgraph_roleplay.memory.distilling.reading_back import list_pending, mark_distilled
from langgraph_roleplay.models import ModelProfile, raise_if_blocking
from langgraph_roleplay.nodes._reminiscence import Reminiscence, fit_lines, room_for_lines, whose_memory
from langgraph_roleplay.resources import Resources, memory_errors
from langgraph_roleplay.turn import context_of, note_event

__all__ = ["gather_turns", "route_after_gather_turns"]

_LINES = 24
"""Of the model's prompt, what the lines may take."""
_BATCHES = 8
"""In one run; what is left comes in the next."""


async def gather_turns(state: Reminiscence, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Take up one batch; none when all is distilled, or enough for one run."""
    if state.get("batches", 0) >= _BATCHES:
        return {"batch": [], "events": note_event("gather_turns", "enough for one run, the rest is left to the next")}
    try:
        whose = await whose_memory(state, runtime, resources=resources)
        bank = await resources.memory()
        pending = await list_pending(bank, whose.selection("turn"))
        # A deflected turn is kept, but it is not the character's life.
        deflected = [line.id for line in pending if "deflected" in line.metadata]
        await mark_distilled(bank, deflected, user=whose.user)
    except memory_errors() as error:
        raise_if_blocking(error)
        event = note_event("gather_turns", f"memory was off: {error}", kind="degraded")
        return {"batch": [], "failure": f"memory was off: {error}", "events": event}
    batch = _first([line for line in pending if line.id not in deflected], resources.profile(context_of(runtime)))
    if not batch:
        return {"batch": [], "events": note_event("gather_turns", "nothing is left to distil")}
    thread = batch[0].thread
    threads = [*filter(lambda known: known != thread, state.get("threads", [])), thread]
    line = f"{len(batch)} of {len(pending)} lines, those of {thread!r}"
    update = {"batch": [memory.id for memory in batch], "threads": threads, "attempts": 0, "batches": 1}
    return update | {"candidates": None, "events": note_event("gather_turns", line)}


def route_after_gather_turns(state: Reminiscence) -> Literal["distill", "reflect_on", "record_run"]:
    """On with the batch; without one to what is made of facts, and without a memory to the end."""
    if state.get("failure"):
        return "record_run"
    return "distill" if state.get("batch") else "reflect_on"


def _first(pending: list[Memory], profile: ModelProfile) -> list[Memory]:
    """The first lines of the first conversation: evidence of two would have to share two branches' fates."""
    same = [line for line in pending if line.thread == pending[0].thread]
    return fit_lines(same, tokens=room_for_lines(profile), most=_LINES) if same else []
