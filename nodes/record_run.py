"""record_run: write down what came of a run, where it can be read after a restart."""

from datetime import UTC, datetime
from typing import Any

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory.distilling.ledger import RunNote, read_ledger, write_ledger
from langgraph_roleplay.models import raise_if_blocking
from langgraph_roleplay.nodes._reminiscence import Reminiscence, whose_memory
from langgraph_roleplay.resources import Resources, memory_errors
from langgraph_roleplay.turn import note_event

__all__ = ["record_run"]


async def record_run(state: Reminiscence, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Add the run to the ledger of this user and character."""
    whose = await whose_memory(state, runtime, resources=resources)
    note = _note(state)
    failure = {"failure": note.failure, "kept": {}, "refused": {}}
    try:
        bank = await resources.memory()
        ledger = (await read_ledger(bank, user=whose.user, character=whose.character)).after(note)
        await write_ledger(bank, ledger, user=whose.user, character=whose.character)
    except memory_errors() as error:
        raise_if_blocking(error)
        event = note_event("record_run", f"not recorded, memory was off: {error}", kind="degraded")
        return failure | {"failure": note.failure or f"memory was off: {error}", "events": event}
    line = f"run {ledger.runs}, failed: {note.failure}" if note.failure else f"run {ledger.runs}, done"
    event = note_event("record_run", line, kind="degraded" if note.failure else "info")
    return failure | {"events": event}


def _note(state: Reminiscence) -> RunNote:
    usage = state.get("usage")
    return RunNote(
        at=datetime.now(UTC),
        failure=state.get("failure", ""),
        turns=state.get("turns", 0),
        kept=state.get("kept", {}),
        refused=state.get("refused", {}),
        superseded=state.get("superseded", 0),
        calls=usage["calls"] if usage else 0,
        tokens=usage["input_tokens"] + usage["output_tokens"] if usage else 0,
    )
