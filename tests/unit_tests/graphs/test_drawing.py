"""The drawing in the checkout is the graph."""

from pathlib import Path

import pytest

from langgraph_roleplay.graphs import reminisce, roleplay

DRAWINGS = Path(__file__).parents[3] / "graphs"


@pytest.mark.parametrize("module", [reminisce, roleplay], ids=["reminisce", "roleplay"])
def test_the_drawing_is_the_graph_as_it_is(module):
    drawn = (DRAWINGS / f"{module.graph.name}.mmd").read_text(encoding="utf-8")
    assert drawn == module.graph.get_graph().draw_mermaid(), "run `make drawing`"
