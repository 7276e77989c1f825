"""admit: let the candidates through the gate, or into quarantine, and mark their turns as distilled."""

from itertools import chain
from typing import Any, Literal

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Memory, MemoryBank
from langgraph_roleplay.memory.distilling.admission import Admission, admit_all
from langgraph_roleplay.memory.distilling.reading_back import fetch_all, mark_distilled
from langgraph_roleplay.models import raise_if_blocking
from langgraph_roleplay.nodes._reminiscence import Reminiscence, counted, shown_to_model, whose_memory
from langgraph_roleplay.resources import Resources, memory_errors
from langgraph_roleplay.turn import note_event

__all__ = ["admit", "route_after_admit"]


async def admit(state: Reminiscence, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Keep what passes; only then the turns count as distilled, so that what breaks off here is done again."""
    candidates = state.get("candidates")
    if candidates is None:
        event = note_event("admit", "what the model wrote was lost in a restart: it is asked again", kind="degraded")
        return {"events": event}
    try:
        whose = await whose_memory(state, runtime, resources=resources)
        bank = await resources.memory()
        lines = await fetch_all(bank, state["batch"], user=whose.user)
        if len(lines) < len(state["batch"]):
            # What the model wrote may be of what was forgotten: nobody may read it any more, in quarantine neither.
            event = note_event("admit", "lines were forgotten meanwhile: what the model wrote is thrown away")
            return {"candidates": None, "batch": [line.id for line in lines], "attempts": 0, "events": event}
        recalled = await _recalled(bank, lines, user=whose.user)
        shown = shown_to_model(lines, recalled, runtime=runtime, resources=resources)
        admission = await admit_all(bank, candidates, shown=shown, kind="fact")
        await mark_distilled(bank, [line.id for line in lines], user=whose.user)
    except memory_errors() as error:
        raise_if_blocking(error)
        event = note_event("admit", f"memory was off: {error}", kind="degraded")
        return {"failure": f"memory was off: {error}", "events": event}
    return counted(admission) | {"turns": len(lines), "events": note_event("admit", _line(admission))}


def route_after_admit(state: Reminiscence) -> Literal["gather_turns", "distill", "record_run"]:
    """On to the next batch; back to the model if its answer was lost."""
    if state.get("failure"):
        return "record_run"
    return "distill" if state.get("candidates") is None and state.get("batch") else "gather_turns"


async def _recalled(bank: MemoryBank, lines: list[Memory], *, user: str) -> dict[str, list[Memory]]:
    """What had been recalled for each of the replies among the lines."""
    named = {line.id: line.metadata.get("recalled") for line in lines}
    ids = {
        line: [str(known) for known in known_ids] for line, known_ids in named.items() if isinstance(known_ids, list)
    }
    found = {
        memory.id: memory for memory in await fetch_all(bank, sorted({*chain.from_iterable(ids.values())}), user=user)
    }
    return {line: [found[known] for known in known_ids if known in found] for line, known_ids in ids.items()}


def _line(admission: Admission) -> str:
    rules = ", ".join(f"{rule} {times}" for rule, times in sorted(admission.refused.items()))
    quarantined = f"; {admission.refused.total()} in quarantine ({rules})" if rules else ""
    replaced = f", {admission.superseded} replaced" if admission.superseded else ""
    return f"{len(admission.kept)} facts kept{replaced}{quarantined}"
