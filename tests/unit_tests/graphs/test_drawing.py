"""The drawing in the checkout is the graph."""

from pathlib import Path

from langgraph_roleplay.graphs.roleplay import graph

DRAWING = Path(__file__).parents[3] / "graphs" / "roleplay.mmd"


def test_the_drawing_is_the_graph_as_it_is():
    assert DRAWING.read_text(encoding="utf-8") == graph.get_graph().draw_mermaid(), "run `make drawing`"
