"""remember: keep the turn as it was said, before it ends."""

from functools import partial
from itertools import takewhile
from typing import Any, Protocol

from langchain_core.messages import AnyMessage
from langgraph.runtime import Runtime
from pydantic import JsonValue

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import Memory, Scope
from langgraph_roleplay.memory.keeping.letters import Letter
from langgraph_roleplay.reminiscing import Errand
from langgraph_roleplay.resources import MEMORY_SECONDS, Resources
from langgraph_roleplay.state import Event, Growth, State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import branch_of, context_of, note_event, scope_of, thread_of, turn_number

__all__ = ["Reminisce", "remember"]

_OFF = {"outbox": "kept in the outbox, memory was off", "nowhere": "not kept, memory was off"}


class Reminisce(Protocol):
    """Distils what is new for a user and a character; gives why it failed, or nothing."""

    async def __call__(self, *, user: str, character: str, context: Context) -> str:
        """Do it now."""


async def remember(
    state: State, runtime: Runtime[Context], *, resources: Resources, reminisce: Reminisce | None = None
) -> dict[str, Any]:
    """Write both sides of the turn to the bank, and hide what an abandoned branch had kept.

    Args:
        state: the turn.
        runtime: the run.
        resources: the keeper, and the background work.
        reminisce: distils in the background, where no server has crons for that.
    """
    annotate_run(**{f"turn_{key}": value for key, value in (state.get("usage") or {}).items()})
    verdict = state.get("verdict")
    scope = scope_of(state, runtime, character=state["persona"]["id"])
    growth = _growth(state)
    unkept = verdict["rule"] if verdict is not None and not verdict["keep"] else ""
    memories = [] if unkept else _memories(state, runtime, scope)
    letter = Letter(scope=scope, turn=_first_turn_left(state), memories=tuple(memories))
    kept = await resources.keeper.keep(letter, seconds=MEMORY_SECONDS)
    if kept.where != "bank":
        event = note_event("remember", f"{_OFF[kept.where]}: {kept.reason}", kind="degraded")
        return {"branch": growth, "events": event}
    distilling = _reminisce_soon(runtime, scope, resources=resources, reminisce=reminisce)
    line = f"not kept, because of {unkept}" if unkept else f"kept {len(memories)} memories"
    return {"branch": growth, "events": [*note_event("remember", line), *distilling]}


def _reminisce_soon(
    runtime: Runtime[Context], scope: Scope, *, resources: Resources, reminisce: Reminisce | None
) -> list[Event]:
    """Have it looked after once the turn is over; what was wrong before is said now."""
    context = context_of(runtime)
    run = partial(reminisce, user=scope.user, character=scope.character, context=context) if reminisce else None
    errand = Errand(
        user=scope.user,
        character=scope.character,
        after=resources.reminisce_after(context),
        bank=resources.memory,
        run=run if runtime.server_info is None else None,
    )
    trouble = resources.reminiscing.trouble(scope.user, scope.character) if errand.after else ""
    resources.reminiscing.nudge(errand)
    return note_event("remember", trouble, kind="degraded") if trouble else []


def _growth(state: State) -> Growth:
    branch, before = branch_of(state), tuple(state.get("branch") or ())
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(branch, before, strict=False)))
    return {"start": start, "keys": list(branch[start:])}


def _first_turn_left(state: State) -> int:
    """The first turn of which another branch may have been left: any, or without a past that is known, this one.

    A host that trims `messages` and keeps no `branch` would else lose, in other threads, all that it trimmed.
    """
    return 1 if state.get("branch") else turn_number(state)


def _memories(state: State, runtime: Runtime[Context], scope: Scope) -> list[Memory]:
    """The reply, and what the user said before it since the reply before."""
    spoken = [message for message in state["messages"] if message.type in ("human", "ai")]
    keyed = list(zip(spoken, (scope.branch or ())[-len(spoken) :], strict=True))
    place = next(n for n, message in enumerate(spoken) if message.id == state["reply_id"])
    before = list(takewhile(lambda pair: pair[0].type == "human", reversed(keyed[:place])))
    return [
        _memory(message, key, state, runtime, scope)
        for message, key in [*reversed(before), keyed[place]]
        if message.text.strip()
    ]


def _memory(message: AnyMessage, key: str, state: State, runtime: Runtime[Context], scope: Scope) -> Memory:
    return Memory(
        text=message.text,
        kind="turn",
        speaker=context_of(runtime).user_name if message.type == "human" else state["persona"]["name"],
        character=scope.character,
        user=scope.user,
        thread=thread_of(state, runtime),
        turn=turn_number(state),
        message_id=message.id,
        key=key,
        story_time=scope.story_time,
        metadata=_beside(state, message),
    )


def _beside(state: State, message: AnyMessage) -> dict[str, JsonValue]:
    """What distilling wants to know of it: out of which memories it was said, and whether it was a deflection."""
    verdict, recalled = state.get("verdict"), [note["id"] for note in state.get("recalled") or []]
    said_from: dict[str, JsonValue] = {"recalled": list(recalled)} if recalled and message.type == "ai" else {}
    return said_from | ({"deflected": verdict["rule"]} if verdict else {})
