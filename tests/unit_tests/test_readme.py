"""What the README shows is true."""

import itertools
import re
from pathlib import Path

import pytest

from langgraph_roleplay.graphs.roleplay import graph
from langgraph_roleplay.personas import PersonaLibrary

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


async def test_the_snippet_of_the_page_on_memory_recalls_what_replaced_and_not_what_was_forgotten():
    page = (ROOT / "docs" / "memory.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict = {}
    exec(snippet, names)
    assert await names["remember_and_forget"]() == ["I live in York."]


async def test_the_python_snippet_runs_and_returns_a_reply():
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict = {}
    exec(snippet, names)
    assert await names["talk"]() == "You have been in Kent, I perceive."


def test_the_picture_has_every_edge_of_the_graph_and_no_other():
    (picture,) = re.findall(r"```mermaid\n(.*?)```", README, re.DOTALL)
    text = re.sub(r"\(\[[^\]]*\]\)", "", picture).replace("start", "__start__").replace("stop", "__end__")
    drawn = set()
    for line in text.splitlines()[1:]:
        stations = [group.strip().split(" & ") for group in re.split(r"-->|-\.->", line) if group.strip()]
        for sources, targets in itertools.pairwise(stations):
            drawn |= {(source.strip(), target.strip()) for source in sources for target in targets}
    assert drawn == {(edge.source, edge.target) for edge in graph.get_graph().edges}


def test_every_target_that_is_named_exists_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= targets


def test_every_character_of_the_cast_is_named():
    assert [name for name in PersonaLibrary(None).ids() if f"`{name}`" not in README] == []


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_leads_somewhere(path):
    assert (ROOT / path).exists()


def test_the_readme_is_short():
    assert len(README.split()) <= 700
