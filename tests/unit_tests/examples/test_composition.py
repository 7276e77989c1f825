"""The examples, and what must hold when the turn is a part of something larger."""

from dataclasses import dataclass, field
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import create_roleplay_builder
from langgraph_roleplay.models import ScriptedChatModel

EXAMPLES = Path(__file__).parents[3] / "examples"
QUICK = Context(thinking="quick")
CONFIG: Any = {"configurable": {"thread_id": "t"}}


@dataclass
class TheirContext:
    persona: int = 7
    """A name that means another thing here."""
    roleplay: Context | dict[str, Any] = field(default_factory=dict)


def parent_of(character, context_schema=None):
    parent = StateGraph(MessagesState, context_schema=context_schema)
    parent.add_node("character", character)
    parent.add_edge(START, "character")
    return parent.compile(checkpointer=InMemorySaver())


def said(text: str) -> Any:
    return {"messages": [{"role": "user", "content": text}]}


async def heard(graph, given, **others) -> list[Any]:
    stream = graph.astream(given, CONFIG, stream_mode="messages", subgraphs=True, **others)
    return [message async for _, (message, _) in stream if message.type == "AIMessageChunk"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("own_builder", ["The glass falls over Dartmoor. Bring a coat.", "I told you that the glass was falling."]),
        ("as_subgraph", ["Tea first.", " The Hatter has hidden the scones.", "(8 claps, 2 messages)"]),
        ("as_tool", ["human: How deep can the Nautilus go?", "tool: As deep as the sea itself."]),
    ],
)
async def test_each_example_runs_offline_and_says_what_its_script_says(name, words):
    said = await run_path(str(EXAMPLES / f"{name}.py"))["main"]()
    assert [line for line in words if not any(line in spoken for spoken in said)] == []


@pytest.mark.parametrize("own_state", [None, True], ids=["fresh", "own state"])
async def test_the_turn_as_a_node_is_interrupted_and_resumed_by_its_parent(bank, own_state):
    @tool
    def open_window() -> str:
        """Open the window."""
        return f"opened: {interrupt('May I?')}"

    asks = AIMessage("One moment.", tool_calls=[{"name": "open_window", "args": {}, "id": "1"}])
    model = ScriptedChatModel([asks, "Fresh air at last.", "And now to work."])
    builder = create_roleplay_builder(model=model, memory=bank, tools=[open_window])
    graph = parent_of(builder.compile(checkpointer=own_state))
    before = await heard(graph, said("It is hot."), context=QUICK)
    (asked,) = (await graph.aget_state(CONFIG)).interrupts
    assert asked.value == "May I?"
    after = await heard(graph, Command(resume="yes"), context=QUICK)
    assert "opened: yes" in model.calls[1][-1].text
    spoken = (await graph.aget_state(CONFIG)).values["messages"]
    assert [message.type for message in spoken] == ["human", "ai"]
    assert "".join(part.text for part in before + after) == spoken[-1].text == "One moment.\nFresh air at last."
    assert {part.id for part in before + after} == {spoken[-1].id}
    done = await graph.ainvoke(said("And?"), CONFIG, context=QUICK)
    assert [message.type for message in done["messages"]] == ["human", "ai", "human", "ai"]


async def test_only_released_text_streams_out_of_the_parent(bank):
    plan = '{"intent": "SECRET-PLAN", "emotion": "calm", "goal": "help", "avoid": "haste"}'
    redo = '{"reason": "SECRET-CRITIQUE", "verdict": "redo"}'
    keep = '{"reason": "fine", "verdict": "keep"}'
    model = ScriptedChatModel([plan, "SECRET-DRAFT, dude.", redo, "Pray sit down. It rains.", keep])
    graph = parent_of(create_roleplay_builder(model=model, memory=bank).compile())
    parts = await heard(graph, said("Good evening."), context=Context(thinking="deep"))
    assert [part.text.strip() for part in parts] == ["Pray sit down.", "It rains."]
    assert len(model.calls) == 5


@pytest.mark.parametrize(
    ("context", "name"),
    [
        (None, "Sherlock Holmes"),
        (TheirContext(), "Sherlock Holmes"),
        (TheirContext(roleplay=Context(persona="alice", thinking="quick")), "Alice"),
        (TheirContext(roleplay={"persona": "alice", "thinking": "quick"}), "Alice"),
    ],
    ids=["none", "another", "ours inside", "ours as JSON"],
)
async def test_a_parent_s_own_context_may_carry_ours_and_is_not_guessed_at(bank, context, name):
    model = ScriptedChatModel(["Pray sit down."], loop=True)
    graph = parent_of(create_roleplay_builder(model=model, memory=bank).compile(), TheirContext)
    await graph.ainvoke(said("Good evening."), CONFIG, context=context)
    assert name in model.calls[-1][0].text


async def test_a_parent_s_context_may_be_a_plain_dictionary(bank):
    model = ScriptedChatModel(["Pray sit down."], loop=True)
    graph = parent_of(create_roleplay_builder(model=model, memory=bank).compile())
    context: Any = {"roleplay": {"persona": "alice", "thinking": "quick"}}
    await graph.ainvoke(said("Good evening."), CONFIG, context=context)
    assert "Alice" in model.calls[-1][0].text


async def test_an_agent_that_asks_the_character_hears_its_released_text_alone(bank):
    example = run_path(str(EXAMPLES / "as_tool.py"))
    character = ScriptedChatModel(example["CHARACTER_SCRIPT"])
    captain = example["create_ask_captain_nemo_tool"](model=character, memory=bank)
    crew = create_agent(ScriptedChatModel(example["AGENT_SCRIPT"]), tools=[captain])
    stream = crew.astream(said("How deep?"), stream_mode="messages", subgraphs=True)
    parts = [message.text async for _, (message, about) in stream if about["langgraph_node"] == "respond"]
    assert parts == ["As deep as the sea itself.", " The Nautilus does not fear the dark."]
