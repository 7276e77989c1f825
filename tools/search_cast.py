"""search_cast: characters by what they are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.finding import Library
from langgraph_roleplay.personas.library import built_in_cast

__all__ = ["create_search_cast_tool"]


class _Arguments(BaseModel):
    query: str = Field(description="a description or a situation, such as 'a sailor who hates the sea'")


def create_search_cast_tool(
    *,
    library: Library | Callable[[], Awaitable[Library | None]],
    personas: PersonaLibrary | Callable[[], Sequence[Persona]] | None = None,
    name: str = "search_cast",
    limit: int = 5,
) -> BaseTool:
    """A tool that finds characters of the cast by meaning; who is not indexed yet is indexed at use.

    Args:
        library: the open library, or what gives it; None if there is none.
        personas: whom it may find, asked in a thread at each use; default: the built-in cast.
        name: what the model calls it.
        limit: how many characters are told at most.
    """

    async def search_cast(query: str) -> str:
        if not query.strip():
            raise ToolException("Say in a few words who is wanted, such as 'a sailor who hates the sea'.")
        try:
            opened = library if isinstance(library, Library) else await library()
            cast = await asyncio.to_thread(_cast_of, personas)
            found = await opened.search_cast(query, cast, k=limit) if opened is not None else []
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


def _cast_of(personas: PersonaLibrary | Callable[[], Sequence[Persona]] | None) -> Sequence[Persona]:
    if personas is None:
        return built_in_cast()
    return personas.list() if isinstance(personas, PersonaLibrary) else personas()
