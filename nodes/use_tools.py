"""use_tools: run what the character asked for, inside the turn."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage, messages_from_dict, messages_to_dict
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import ToolException
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.runtime import Runtime
from langgraph.types import Command

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import raise_if_blocking
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State
from langgraph_roleplay.turn import note_event

__all__ = ["use_tools"]

_SECONDS = 20.0
_MAX_CALLS = 4
"""Calls taken from one message; the rest is answered with a word that it was too much at once."""
_SHOWN = 80


async def use_tools(
    state: State, runtime: Runtime[Context], config: RunnableConfig, *, resources: Resources
) -> dict[str, Any]:
    """Run the tools; an error is told to the character, not to the user."""
    (asked,) = messages_from_dict(state["exchange"][-1:])
    calls = asked.tool_calls if isinstance(asked, AIMessage) else []
    request = AIMessage(content="", tool_calls=calls[:_MAX_CALLS], id=asked.id)
    node = ToolNode(resources.tools, messages_key="exchange", handle_tool_errors=_explain, awrap_tool_call=_within_time)
    done = await node.ainvoke({**state, "exchange": [request]}, config)
    results: list[ToolMessage] = done["exchange"]
    refused = [
        ToolMessage("Too many tools at once: not run.", tool_call_id=str(call["id"]), name=call["name"])
        for call in calls[_MAX_CALLS:]
    ]
    line = "; ".join(f"{result.name}: {result.text[:_SHOWN]}" for result in [*results, *refused])
    failed = any(result.status == "error" for result in results)
    return {
        "exchange": messages_to_dict([*results, *refused]),
        "events": note_event("use_tools", line, kind="degraded" if failed else "info"),
    }


def _explain(error: Exception) -> str:
    """What the character is told of a tool's error: its text only where the tool meant it to be read."""
    raise_if_blocking(error)
    reason = str(error) if isinstance(error, ToolException) else type(error).__name__
    return f"That did not work: {reason}. Try other arguments, or go on without it."


async def _within_time(
    request: ToolCallRequest, run: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
) -> ToolMessage | Command[Any]:
    try:
        async with asyncio.timeout(_SECONDS):
            return await run(request)
    except TimeoutError:
        text = f"That took more than {_SECONDS:.0f} seconds and was stopped."
        return ToolMessage(text, tool_call_id=str(request.tool_call["id"]), status="error")
