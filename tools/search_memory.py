"""search_memory: the character tries to remember."""

from collections.abc import Awaitable, Callable

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from langgraph.prebuilt import ToolRuntime
from pydantic import BaseModel, Field

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.state import State
from langgraph_roleplay.turn import scope_of

__all__ = ["create_search_memory_tool"]


class _Arguments(BaseModel):
    query: str = Field(description="what to remember, in a few words")


def create_search_memory_tool(
    *, memory: Callable[[], Awaitable[MemoryBank]], name: str = "search_memory", limit: int = 4
) -> BaseTool:
    """A tool that searches what this character remembers of this user.

    Args:
        memory: gives the open bank.
        name: what the model calls it.
        limit: how many memories are told at most.
    """

    async def search_memory(query: str, runtime: ToolRuntime[Context, State]) -> str:
        scope = scope_of(runtime.state, runtime, character=runtime.state["persona"]["id"])
        try:
            bank = await memory()
            hits = await bank.recall(query, scope=scope, k=limit)
        except MemoryUnavailable as error:
            raise ToolException("Nothing comes to mind just now.") from error
        return "\n".join(hit.memory.told for hit in hits) or f"Nothing is remembered about {query!r}."

    return StructuredTool.from_function(
        coroutine=search_memory,
        name=name,
        description="Search your memory of earlier conversations.",
        args_schema=_Arguments,  # without the runtime: pydantic would serialise the whole state with it, and warn
    )
