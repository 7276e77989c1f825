"""summarize: roll the summary of a long conversation on, over what has left the prompt's window."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Memory, MemoryBank
from langgraph_roleplay.memory.distilling.admission import admit_all
from langgraph_roleplay.memory.distilling.reading_back import list_current
from langgraph_roleplay.models import ModelProfile, raise_if_blocking
from langgraph_roleplay.nodes._reminiscence import (
    Reminiscence,
    Whose,
    ask_about,
    counted,
    fit_lines,
    numbered,
    room_for_lines,
    shown_to_model,
    whose_memory,
)
from langgraph_roleplay.prompts import render
from langgraph_roleplay.resources import Resources, memory_errors
from langgraph_roleplay.turn import context_of, note_event

__all__ = ["LATEST", "ROLL", "Summary", "summarize"]

ROLL = 40
"""Lines that no summary covers from which one is written."""
LATEST = 12
"""Lines that are left out of it: they are in the prompt anyway, and may still be swiped."""


class Summary(BaseModel):
    """What has happened so far."""

    summary: str = Field(description="what has happened so far, in a few sentences with names")


async def summarize(state: Reminiscence, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Summarize the first conversation of this run that has grown long enough."""
    try:
        whose = await whose_memory(state, runtime, resources=resources)
        bank = await resources.memory()
        for thread in state.get("threads", []):
            before, lines = await _uncovered(bank, whose, thread)
            if len(lines) - LATEST < ROLL:
                continue
            tokens = room_for_lines(resources.profile(context_of(runtime)))
            lines = fit_lines(lines[:-LATEST], tokens=tokens, most=2 * ROLL)
            return await _roll(before, lines, state, runtime, resources=resources)
    except memory_errors() as error:
        raise_if_blocking(error)
        event = note_event("summarize", f"memory was off: {error}", kind="degraded")
        return {"failure": f"memory was off: {error}", "events": event}
    return {"events": note_event("summarize", "no conversation is long enough")}


async def _uncovered(bank: MemoryBank, whose: Whose, thread: str) -> tuple[Memory | None, list[Memory]]:
    """The summary so far, and the lines after what it covers: its own place is that of the last of these."""
    summaries = await list_current(bank, whose.selection("summary", thread=thread))
    before = summaries[-1] if summaries else None
    lines = await list_current(bank, whose.selection("turn", thread=thread))
    covered = (before.turn or 0, before.at, before.key) if before else None
    if covered is None:
        return None, lines
    return before, [line for line in lines if ((line.turn or 0), line.at) > covered[:2] and line.key != covered[2]]


async def _roll(
    before: Memory | None,
    lines: Sequence[Memory],
    state: Reminiscence,
    runtime: Runtime[Context],
    *,
    resources: Resources,
) -> dict[str, Any]:
    answer, fault, usage = await ask_about(
        partial(_question, before, lines),
        Summary,
        empty=Summary(summary=""),
        node="summarize",
        state=state,
        runtime=runtime,
        resources=resources,
    )
    if fault:
        event = note_event("summarize", f"no summary: {fault}", kind="degraded")
        return {"failure": fault, "usage": usage, "events": event}
    covered = [*([before] if before else []), *lines]
    # What it covers is its evidence, and the summary before it stands for what that covers.
    raw = {"text": answer.value.summary, "evidence": [line.id for line in covered], "importance": 0.5}
    shown = shown_to_model(covered, runtime=runtime, resources=resources)
    replaced = [before.id] if before else []
    admission = await admit_all(await resources.memory(), [raw], shown=shown, kind="summary", supersedes=replaced)
    line = f"{len(lines)} lines summarized" if admission.kept else f"in quarantine: {', '.join(admission.refused)}"
    return counted(admission) | {"usage": usage, "events": note_event("summarize", line)}


def _question(before: Memory | None, lines: Sequence[Memory], profile: ModelProfile) -> str:
    known = before.text if before else "(nothing yet)"
    return render("summarize", before=known, lines=numbered(lines, tokens=room_for_lines(profile)))
