"""What earlier turns are recalled by."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.nodes.recall_memory import _query

EARLIER = "Tell me of Baker Street."


@pytest.mark.parametrize(
    ("message", "alone"),
    [
        ("And then?", False),
        ("然后呢？", False),
        ("🙂", False),
        ("What did I say about bees?", True),
        ("你还记得我养的蜜蜂吗？", True),
    ],
)
def test_only_a_short_message_is_asked_together_with_the_one_before_it(message, alone):
    state = {"messages": [HumanMessage(EARLIER), AIMessage("Gladly."), HumanMessage(message)]}
    assert _query(state) == (message if alone else f"{EARLIER}\n{message}")
