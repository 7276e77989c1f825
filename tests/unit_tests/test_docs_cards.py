import re
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.context import Context
from langgraph_roleplay.models import ScriptedChatModel, ScriptedEmbeddings

TESTS = Path(__file__).parent.parent
PAGE = (TESTS.parent / "docs" / "cards.md").read_text(encoding="utf-8")
PROOF = re.compile(r"`((?:integration_tests/)?[\w/]+\.py)::(\w+)`")


def rows():
    """Rows of the feature tables: the feature and its last cell."""
    features = PAGE.partition("## Feature by feature")[2]
    cells = [line.strip().strip("|").split(" | ") for line in features.splitlines() if line.startswith("| ")]
    return [(row[0].strip(), row[-1].strip()) for row in cells if row[0].strip() not in ("feature", "---")]


@pytest.mark.parametrize(("feature", "proof"), rows())
def test_every_feature_names_tests_that_are_there(feature, proof):
    proofs = PROOF.findall(proof)
    assert proofs, f"{feature}: no test is named"
    for path, name in proofs:
        file = TESTS / path if path.startswith("integration_tests") else TESTS / "unit_tests" / path
        assert re.search(rf"^(?:async )?def {name}\(", file.read_text(encoding="utf-8"), re.MULTILINE), (
            f"{path}::{name}"
        )


def test_the_page_links_to_files_that_are_there():
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert links
    assert [link for link in links if not (TESTS.parent / "docs" / link).exists()] == []


async def test_the_snippet_finds_characters_that_nobody_has_indexed_for_an_agent_and_in_a_turn(tmp_path, bank):
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict = {}
    exec(snippet, names)
    asks = AIMessage("", tool_calls=[{"id": "1", "name": "search_cast", "args": {"query": "a captain of a submarine"}}])
    model = ScriptedChatModel([asks, "You will want to meet Captain Nemo, I believe."])
    parts = {"cards": tmp_path / "cards", "embeddings": ScriptedEmbeddings(), "model": model, "memory": bank}
    graph, search_cast, library = await names["build"](":memory:", **parts)
    try:
        assert "captain-nemo: Captain Nemo" in await search_cast.ainvoke({"query": "a captain of a submarine"})
        told = {"messages": [HumanMessage("Who here knows submarines?")]}
        reply = await graph.ainvoke(told, context=Context(persona="sherlock-holmes", thinking="quick", recall_size=0))
        assert reply["reply"] == "You will want to meet Captain Nemo, I believe."
        assert any("captain-nemo: Captain Nemo" in message.text for message in model.calls[-1])
    finally:
        await library.close()
