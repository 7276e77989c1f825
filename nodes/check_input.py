"""check_input: clear what the last turn left, clean the message, and let the policy look at it."""

import asyncio
import time
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime
from langgraph.types import Overwrite

from langgraph_roleplay.context import Context, SafetyLevel
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.safety import Policy, Verdict
from langgraph_roleplay.state import Clock, Event, State, VerdictNote
from langgraph_roleplay.tracing import annotate_run, origin_of
from langgraph_roleplay.turn import (
    UNSEEN,
    context_of,
    note_event,
    own_last_words,
    turn_number,
    unseen_kinds,
    user_messages,
)

__all__ = ["check_input", "route_after_check_input"]

_KEPT_CONTROLS = "\n\t"
_LONG = 4000
"""Characters from which a message is checked in a thread."""


async def check_input(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Open the turn: reset the turn's channels, name the reply, check what the user said."""
    opened = _cleared() | {"clock": _clock(state)}
    annotate_run(branch=partial(origin_of, state), turn=turn_number(state))
    pending = user_messages(state)
    if not pending:
        return opened | _without_message(state)
    context = context_of(runtime)
    persona = await resources.persona(context)
    read = [_read(message) for message in pending]
    notes = [note for one in read for note in one.notes]
    changed = [one.kept for message, one in zip(pending, read, strict=True) if one.kept.content != message.content]
    opened |= {"messages": changed} if changed else {}
    if read[-1].unseen and not read[-1].text.strip():
        return opened | _blocked(_nothing_seen(read[-1].unseen), notes)
    # All of them, because a turn that was broken off left some unchecked; empty ones count only at the end.
    said = [one.text for one in read[:-1] if one.text.strip()] + [read[-1].text]
    verdict = await _check(said, resources.policy, level=context.safety, minor=persona.is_minor)
    if verdict is not None:
        return opened | _blocked(verdict, notes)
    return opened | {"events": Overwrite(notes)}


def route_after_check_input(state: State) -> list[Literal["retrieve_persona", "recall_memory", "deflect"]]:
    """Deflect what the policy objects to; else gather persona and memory side by side."""
    return ["deflect"] if state.get("verdict") else ["retrieve_persona", "recall_memory"]


def _clock(state: State) -> Clock:
    now, before = time.time(), state.get("clock")
    return {"now": now, "idle": max(0.0, now - before["now"]) if before else None}


def _cleared() -> dict[str, Any]:
    return {
        "reply_id": str(uuid.uuid4()),
        "reply": "",
        "lore": [],
        "passages": [],
        "recalled": [],
        "prompt": [],
        "exchange": Overwrite([]),
        "draft": {"text": "", "faulty": [], "faults": [], "held": False},
        "review": {"revisions": 0, "critique": "", "best": None},
        "usage": None,
        "verdict": None,
    }


def _without_message(state: State) -> dict[str, Any]:
    """A turn that brings no message carries the last reply on, unless that was a deflection."""
    carried, before = own_last_words(state), state.get("verdict")
    if carried is None:
        return _blocked(_nothing_said())
    name = {"reply_id": str(carried.id)}
    if before is not None:
        event = note_event("check_input", f"still {before['rule']}: a deflection is not carried on", kind="blocked")
        return name | {"verdict": before, "events": Overwrite(event)}
    return name | {"events": Overwrite(note_event("check_input", "no new message: carrying on the last reply"))}


async def _check(texts: Sequence[str], policy: Policy, *, level: SafetyLevel, minor: bool) -> Verdict | None:
    for text in texts:
        check = partial(policy.check_input, text, level=level, minor=minor)
        # The patterns take a fraction of a millisecond on a line, and seconds on 200 kB.
        verdict = await asyncio.to_thread(check) if len(text) > _LONG else check()
        if verdict is not None:
            return verdict
    return None


@dataclass(frozen=True)
class _Read:
    """One message of the user: its clean text, what could not be read, and the message as it is kept."""

    text: str
    unseen: str
    kept: HumanMessage
    notes: list[Event]


def _read(message: HumanMessage) -> _Read:
    text, notes = _clean(message)
    kinds = unseen_kinds([message])
    marks = message.additional_kwargs | ({UNSEEN: kinds} if kinds else {})
    kept = message.model_copy(update={"content": text, "additional_kwargs": marks})
    return _Read(text, ", ".join(kinds), kept, notes)


def _clean(message: HumanMessage) -> tuple[str, list[Event]]:
    notes = []
    if unseen := unseen_kinds([message]):
        line = f"parts that can't be read were left out: {', '.join(unseen)}"
        notes += note_event("check_input", line, kind="degraded")
    if unreadable := message.additional_kwargs.get("unreadable"):
        notes += note_event("check_input", f"what came is not a message: {unreadable}", kind="degraded")
    raw = message.text
    text = "".join(char for char in raw if char in _KEPT_CONTROLS or unicodedata.category(char) not in ("Cc", "Cs"))
    if text != raw:
        notes += note_event("check_input", f"{len(raw) - len(text)} control characters were removed")
    return text, notes


def _nothing_seen(unseen: str) -> Verdict:
    return Verdict(rule="unseen", way="narrator", keep=False, reason=f"nothing but parts that can't be read: {unseen}")


def _nothing_said() -> Verdict:
    return Verdict(rule="empty", way="narrator", keep=False, reason="there is no message to answer")


def _blocked(verdict: Verdict, notes: list[Event] | None = None) -> dict[str, Any]:
    note: VerdictNote = {"stage": "input", "rule": verdict.rule, "way": verdict.way, "keep": verdict.keep}
    event = note_event("check_input", f"{verdict.rule}: {verdict.reason}", kind="blocked")
    return {"verdict": note, "events": Overwrite([*(notes or []), *event])}
