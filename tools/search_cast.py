"""search_cast: characters by what they are."""

from collections.abc import Awaitable, Callable

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.personas.finding import Library

__all__ = ["create_search_cast_tool"]


class _Arguments(BaseModel):
    query: str = Field(description="a description or a situation, such as 'a sailor who hates the sea'")


def create_search_cast_tool(
    *, library: Callable[[], Awaitable[Library | None]], name: str = "search_cast", limit: int = 5
) -> BaseTool:
    """A tool that finds characters of the cast by meaning.

    Args:
        library: gives the open library, with the cast indexed (`Library.index_cast`); None if there is none.
        name: what the model calls it.
        limit: how many characters are told at most.
    """

    async def search_cast(query: str) -> str:
        if not query.strip():
            raise ToolException("Say in a few words who is wanted, such as 'a sailor who hates the sea'.")
        try:
            opened = await library()
            found = await opened.search_cast(query, k=limit) if opened is not None else []
        except MemoryUnavailable as error:
            raise ToolException("The cast can't be searched just now.") from error
        lines = [f"{one.id}: {one.name} ({one.why})" for one in found]
        return "\n".join(lines) or f"Nobody in the cast fits {query!r}: try other words for what they do or love."

    return StructuredTool.from_function(
        coroutine=search_cast,
        name=name,
        description="Find characters by what they are; gives the id, name and what fits of each, best first.",
        args_schema=_Arguments,
    )
