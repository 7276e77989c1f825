"""search_cast: what a model is told of the cast."""

import pytest
from langchain_core.tools import ToolException

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.models import ScriptedEmbeddings
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.personas.finding import Library
from langgraph_roleplay.tools import create_search_cast_tool


@pytest.fixture
async def tool():
    library = Library(await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings()))
    await library.index_cast([Persona.from_data({"name": "Nemo", "description": "A captain of a submarine."})])

    async def give():
        return library

    yield create_search_cast_tool(library=give)
    await library.close()


async def test_a_model_is_told_id_name_and_what_fits(tool):
    assert await tool.ainvoke({"query": "submarine"}) == "nemo: Nemo (submarine)"


async def test_a_model_that_finds_nobody_is_told_what_to_try():
    async def none():
        return None

    told = await create_search_cast_tool(library=none).ainvoke({"query": "a baker"})
    assert "'a baker'" in told
    assert "other words" in told


async def test_a_wish_without_words_and_a_library_that_is_down_are_explained(tool):
    async def down():
        raise MemoryUnavailable("gone")

    with pytest.raises(ToolException, match="few words"):
        await tool.ainvoke({"query": " "})
    with pytest.raises(ToolException, match="just now"):
        await create_search_cast_tool(library=down).ainvoke({"query": "a baker"})
