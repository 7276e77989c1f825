"""reflect_on: when what was learnt weighs enough, ask the model what follows from it."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, WithJsonSchema

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Memory
from langgraph_roleplay.memory.distilling.admission import Admission, admit_all
from langgraph_roleplay.memory.distilling.reading_back import list_pending, mark_distilled
from langgraph_roleplay.models import ModelProfile, raise_if_blocking
from langgraph_roleplay.nodes._reminiscence import (
    Reminiscence,
    ask_about,
    counted,
    fit_lines,
    numbered,
    room_for_lines,
    shown_to_model,
    whose_memory,
)
from langgraph_roleplay.nodes.distill import with_ids
from langgraph_roleplay.prompts import render
from langgraph_roleplay.resources import Resources, memory_errors
from langgraph_roleplay.turn import context_of, note_event

__all__ = ["WEIGHT", "Insights", "reflect_on"]

WEIGHT = 5.0
"""Sum of the importance of new facts from which it is worth a thought: ten ordinary ones, or six that matter."""
_FACTS = 40
_INSIGHT = {"text": {"type": "string"}, "evidence": {"type": "array", "items": {"type": "integer"}}}
_SCHEMA = {"type": "object", "properties": _INSIGHT, "required": list(_INSIGHT), "additionalProperties": False}


class Insights(BaseModel):
    """What follows from facts, in the model's opinion."""

    insights: Annotated[list[Any], WithJsonSchema({"type": "array", "items": _SCHEMA})] = Field(
        description="what follows, each with text and evidence"
    )


async def reflect_on(state: Reminiscence, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Reflect on the first conversation of this run whose new facts weigh enough."""
    try:
        whose = await whose_memory(state, runtime, resources=resources)
        bank = await resources.memory()
        for thread in state.get("threads", []):
            facts = await list_pending(bank, whose.selection("fact", thread=thread))
            if sum(fact.importance for fact in facts) < WEIGHT:
                continue
            facts = fit_lines(facts, tokens=room_for_lines(resources.profile(context_of(runtime))), most=_FACTS)
            return await _reflect(facts, state, runtime, resources=resources)
    except memory_errors() as error:
        raise_if_blocking(error)
        event = note_event("reflect_on", f"memory was off: {error}", kind="degraded")
        return {"failure": f"memory was off: {error}", "events": event}
    return {"events": note_event("reflect_on", "nothing new weighs enough")}


async def _reflect(
    facts: Sequence[Memory], state: Reminiscence, runtime: Runtime[Context], *, resources: Resources
) -> dict[str, Any]:
    answer, fault, usage = await ask_about(
        partial(_question, facts),
        Insights,
        empty=Insights(insights=[]),
        node="reflect_on",
        state=state,
        runtime=runtime,
        resources=resources,
    )
    if fault:
        event = note_event("reflect_on", f"no reflection: {fault}", kind="degraded")
        return {"failure": fault, "usage": usage, "events": event}
    bank = await resources.memory()
    raws = [with_ids(raw, facts) for raw in answer.value.insights]
    shown = shown_to_model(facts, runtime=runtime, resources=resources)
    admission = await admit_all(bank, raws, shown=shown, kind="reflection") if facts else Admission()
    await mark_distilled(bank, [fact.id for fact in facts], user=facts[0].user)
    line = f"{len(admission.kept)} reflections on {len(facts)} facts, {admission.refused.total()} in quarantine"
    return counted(admission) | {"usage": usage, "events": note_event("reflect_on", line)}


def _question(facts: Sequence[Memory], profile: ModelProfile) -> str:
    return render("reflect_on", facts=numbered(facts, tokens=room_for_lines(profile)))
