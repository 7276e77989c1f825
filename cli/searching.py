"""What `roleplay cast search` does: index the cast as it is now, and search it."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from langgraph_roleplay.cli.harmless import print_json
from langgraph_roleplay.cli.listing import print_table
from langgraph_roleplay.cli.moving import bar, run
from langgraph_roleplay.models import load_embeddings
from langgraph_roleplay.personas import PersonaLibrary
from langgraph_roleplay.personas.finding import FoundPersona, Library
from langgraph_roleplay.settings import Settings

__all__ = ["opened_library", "print_found"]


@asynccontextmanager
async def opened_library(settings: Settings) -> AsyncIterator[Library]:
    """The library of the settings, closed at the end; it is made if there is none.

    Raises:
        MemoryUnavailable: it can't be opened.
        ModelError: the embedding model can't be loaded.
    """
    embeddings = await asyncio.to_thread(load_embeddings, settings.embeddings, settings=settings)
    library = await Library.open(settings.library, embeddings=embeddings, api_key=settings.qdrant_key)
    try:
        yield library
    finally:
        await library.close()


def print_found(query: str, *, limit: int, settings: Settings, as_json: bool) -> bool:
    """Print the characters that fit a query best; returns whether there is any."""
    found = run(_search(query, limit=limit, settings=settings))
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        print_table(("id", "name", "score", "why"), [(one.id, one.name, f"{one.score:.2f}", one.why) for one in found])
    else:
        sys.stderr.write("Nobody fits; try other words, or `roleplay cast list`.\n")
    return bool(found)


async def _search(query: str, *, limit: int, settings: Settings) -> list[FoundPersona]:
    personas = await asyncio.to_thread(lambda: PersonaLibrary(settings.cast).list())
    async with opened_library(settings) as library:
        with bar("indexing the cast") as told:
            await library.index_cast(personas, progress=told)
        return await library.search_cast(query, personas, k=limit)
