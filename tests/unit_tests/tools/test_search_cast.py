"""search_cast: what a model is told of the cast."""

import json

import pytest
from langchain_core.tools import ToolException

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.models import ScriptedEmbeddings
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.finding import Library
from langgraph_roleplay.tools import create_search_cast_tool

NEMO = Persona.from_data({"name": "Nemo", "description": "A captain of a submarine."})


class Counting(ScriptedEmbeddings):
    """Counts the calls that embed more than a query."""

    calls = 0

    def embed_documents(self, texts):
        self.calls += 1
        return super().embed_documents(texts)


@pytest.fixture
def embeddings():
    return Counting()


@pytest.fixture
async def library(embeddings):
    opened = Library(await MemoryBank.open(":memory:", embeddings=embeddings))
    yield opened
    await opened.close()


@pytest.fixture
def tool(library):
    async def give():
        return library

    return create_search_cast_tool(library=give, personas=lambda: [NEMO])


async def test_a_model_is_told_id_name_and_what_fits_of_a_cast_that_nobody_has_indexed(tool):
    assert await tool.ainvoke({"query": "submarine"}) == "nemo: Nemo (submarine)"


async def test_a_card_that_is_new_in_the_folder_is_found(library, tmp_path):
    personas = PersonaLibrary(tmp_path)
    tool = create_search_cast_tool(library=library, personas=personas)
    assert "ollie" not in await tool.ainvoke({"query": "an otter"})
    card = {"name": "Ollie", "description": "An otter who guides ships."}
    (tmp_path / "ollie.json").write_text(json.dumps(card))
    assert (await tool.ainvoke({"query": "an otter"})).startswith("ollie: Ollie (otter")


async def test_a_cast_that_has_not_changed_is_embedded_once(tool, embeddings):
    await tool.ainvoke({"query": "submarine"})
    before = embeddings.calls
    await tool.ainvoke({"query": "submarine"})
    await tool.ainvoke({"query": "captain"})
    assert embeddings.calls == before + 2  # the queries alone


async def test_a_host_that_names_no_personas_searches_the_built_in_cast(library):
    told = await create_search_cast_tool(library=library).ainvoke({"query": "a detective with a violin"})
    assert "sherlock-holmes" in told


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
