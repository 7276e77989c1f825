"""distill: ask the model what of a batch of turns is worth keeping; what it says is looked at by `admit`."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, WithJsonSchema

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Memory
from langgraph_roleplay.memory.distilling.reading_back import fetch_all
from langgraph_roleplay.models import ModelProfile, raise_if_blocking
from langgraph_roleplay.nodes._reminiscence import Reminiscence, ask_about, numbered, room_for_lines, whose_memory
from langgraph_roleplay.prompts import render
from langgraph_roleplay.resources import Resources, memory_errors
from langgraph_roleplay.turn import note_event

__all__ = ["ATTEMPTS", "PAUSES", "Distillate", "distill", "route_after_distill", "with_ids"]

ATTEMPTS = 3
"""How often a batch is tried in one run."""
PAUSES = (1.0, 4.0)
"""Seconds before the second and the third attempt."""
_TEXT = {"type": "string"}
_FACT = {
    "text": _TEXT,
    "subject": _TEXT,
    "relation": _TEXT,
    "evidence": {"type": "array", "items": {"type": "integer"}},
    "importance": {"type": "integer"},
    "when": _TEXT,
}
_SCHEMA = {"type": "object", "properties": _FACT, "required": list(_FACT), "additionalProperties": False}


class Distillate(BaseModel):
    """What a model found worth keeping; one that is out of shape must not cost the others, so the gate reads them."""

    facts: Annotated[list[Any], WithJsonSchema({"type": "array", "items": _SCHEMA})] = Field(
        description="the facts, each with text, subject, relation, evidence, importance, when"
    )


async def distill(
    state: Reminiscence, runtime: Runtime[Context], *, resources: Resources, pauses: Sequence[float] = PAUSES
) -> dict[str, Any]:
    """Ask once for the facts of the batch; an attempt that fails leaves the turns as they are."""
    attempts = state.get("attempts", 0)
    if attempts:
        await asyncio.sleep(pauses[min(attempts, len(pauses)) - 1] if pauses else 0)
    try:
        whose = await whose_memory(state, runtime, resources=resources)
        lines = await fetch_all(await resources.memory(), state["batch"], user=whose.user)
    except memory_errors() as error:
        raise_if_blocking(error)
        return _failed(f"memory was off: {error}", attempts)
    answer, fault, usage = await ask_about(
        partial(_question, lines),
        Distillate,
        empty=Distillate(facts=[]),
        node="distill",
        state=state,
        runtime=runtime,
        resources=resources,
    )
    if fault:
        return _failed(fault, attempts) | {"usage": usage}
    found = [with_ids(raw, lines) for raw in answer.value.facts]
    event = note_event("distill", f"{len(found)} candidates of {len(lines)} lines (read by {answer.rung})")
    return {"candidates": found, "attempts": attempts + 1, "failure": "", "usage": usage, "events": event}


def route_after_distill(state: Reminiscence) -> Literal["distill", "admit", "record_run"]:
    """To the gate; after a failure once more, and after the last to the end."""
    if not state.get("failure"):
        return "admit"
    return "distill" if state.get("attempts", 0) < ATTEMPTS else "record_run"


def _failed(reason: str, attempts: int) -> dict[str, Any]:
    event = note_event("distill", f"attempt {attempts + 1} failed: {reason}", kind="degraded")
    return {"failure": reason, "attempts": attempts + 1, "events": event}


def _question(lines: Sequence[Memory], profile: ModelProfile) -> str:
    return render("distill", lines=numbered(lines, tokens=room_for_lines(profile)))


def with_ids(raw: object, lines: Sequence[Memory]) -> object:
    """What the model wrote, in the gate's terms: ids for numbers, shares for marks out of ten."""
    if not isinstance(raw, dict):
        return raw
    cited = raw.get("evidence")
    numbers = cited if isinstance(cited, list) else [cited]
    given = raw.get("importance")
    share = given / 10 if isinstance(given, int | float) and not isinstance(given, bool) else given
    return raw | {"evidence": [_id(number, lines) for number in numbers], "importance": share}


def _id(number: object, lines: Sequence[Memory]) -> str:
    digits = str(number).strip("[]() ")
    place = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0
    return lines[place - 1].id if 1 <= place <= len(lines) else f"line {digits[:20]}"
