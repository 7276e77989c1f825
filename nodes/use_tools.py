"""use_tools: run what the character asked for, inside the turn."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from langchain_core.messages import (
    AIMessage,
    ToolMessage,
    convert_to_messages,
    messages_from_dict,
    messages_to_dict,
)
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import ToolException
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.runtime import Runtime
from langgraph.types import Command

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import raise_if_blocking
from langgraph_roleplay.prompts.budget import estimate_tokens, shorten
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State
from langgraph_roleplay.turn import context_of, note_event

__all__ = ["use_tools"]

_SECONDS = 20.0
_MAX_CALLS = 4
"""Calls taken from one message; the rest is answered with a word that it was too much at once."""
_SHOWN = 80
_SHARE = 8
"""All that comes of one message may take one part in so many of the prompt, in which it stands until the turn ends."""
_CUT = "\n(Cut: that was more than can be read.)"

_Run = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


async def use_tools(
    state: State, runtime: Runtime[Context], config: RunnableConfig, *, resources: Resources
) -> dict[str, Any]:
    """Run the tools; an error is told to the character, not to the user."""
    (asked,) = messages_from_dict(state["exchange"][-1:])
    calls = asked.tool_calls if isinstance(asked, AIMessage) else []
    request = AIMessage(content="", tool_calls=calls[:_MAX_CALLS], id=asked.id)
    left_out: list[str] = []
    wrap = partial(_run_within_time, left_out=left_out)
    node = ToolNode(resources.tools, handle_tool_errors=_explain, awrap_tool_call=wrap)
    # As a tool finds it that reads the state of any agent: the conversation, and last what is asked of it.
    done = await node.ainvoke({**state, "messages": [*state["messages"], request]}, config)
    profile = resources.profile(context_of(runtime))
    results = _fitted(done["messages"], tokens=profile.prompt_tokens // _SHARE)
    refused = [
        ToolMessage("Too many tools at once: not run.", tool_call_id=str(call["id"]), name=call["name"])
        for call in calls[_MAX_CALLS:]
    ]
    line = "; ".join([*(f"{result.name}: {result.text[:_SHOWN]}" for result in [*results, *refused]), *left_out])
    failed = left_out or any(result.status == "error" for result in results)
    return {
        "exchange": messages_to_dict([*results, *refused]),
        "events": note_event("use_tools", line, kind="degraded" if failed else "info"),
    }


def _fitted(results: Sequence[ToolMessage], *, tokens: int) -> list[ToolMessage]:
    """The results with their words alone; of those that are too long together, the longest are cut."""
    texts = [_words_of(result) for result in results]
    room, rooms = tokens, dict[int, int]()
    by_size = sorted(range(len(texts)), key=lambda place: estimate_tokens(texts[place]))
    for done, place in enumerate(by_size):
        rooms[place] = min(estimate_tokens(texts[place]), room // (len(texts) - done))
        room -= rooms[place]
    return [
        result.model_copy(update={"content": _cut(text, rooms[place])})
        for place, (result, text) in enumerate(zip(results, texts, strict=True))
    ]


def _words_of(result: ToolMessage) -> str:
    parts = [part for part in result.content if isinstance(part, dict) and part.get("type") != "text"]
    return "\n".join(filter(None, [result.text, "(Parts that are not words were left out.)" if parts else ""]))


def _cut(text: str, tokens: int) -> str:
    if estimate_tokens(text) <= tokens:
        return text
    return shorten(text, max(0, tokens - estimate_tokens(_CUT))) + _CUT


def _explain(error: Exception) -> str:
    """What the character is told of a tool's error: its text only where the tool meant it to be read."""
    raise_if_blocking(error)
    reason = str(error) if isinstance(error, ToolException) else type(error).__name__
    return f"That did not work: {reason}. Try other arguments, or go on without it."


async def _run_within_time(request: ToolCallRequest, run: _Run, *, left_out: list[str]) -> ToolMessage:
    """Run one call and give its answer; what its tool wanted beside that is named in `left_out`."""
    name, call_id = request.tool_call["name"], str(request.tool_call["id"])
    try:
        async with asyncio.timeout(_SECONDS):
            done: Any = await run(request)
    except TimeoutError:
        text = f"That took more than {_SECONDS:.0f} seconds and was stopped."
        return ToolMessage(text, name=name, tool_call_id=call_id, status="error")
    answer, others = None, list[str]()
    for item in done if isinstance(done, list) else [done]:
        answers, wishes = _taken_apart(item, call_id)
        answer, others = answer or next(iter(answers), None), [*others, *wishes]
    if others:
        left_out.append(f"{name}: left out {', '.join(others)} of its Command")
    if answer is None:
        text = "That is nothing that a character's tool can do. Go on without it."
        return ToolMessage(text, name=name, tool_call_id=call_id, status="error")
    return answer.model_copy(update={"name": name})


def _taken_apart(item: ToolMessage | Command[Any], call_id: str) -> tuple[list[ToolMessage], list[str]]:
    """The answers to the call, and the names of what else a `Command` wants.

    A tool of a character may answer, and nothing more: it neither says what stands in the conversation nor where the
    turn goes.
    """
    if isinstance(item, ToolMessage):
        return [item], []
    update = item.update if isinstance(item.update, dict) else {}
    messages = convert_to_messages(update.get("messages") or [])
    answers = [one for one in messages if isinstance(one, ToolMessage) and one.tool_call_id == call_id]
    wishes = [field for field in ("graph", "goto", "resume") if getattr(item, field)]
    wishes += [key for key in update if key != "messages"]
    wishes += ["other messages"] * (len(answers) < len(messages))
    return answers, wishes
