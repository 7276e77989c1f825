"""The turn on its real parts: embedded model, wordllama, Qdrant Edge, SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from langchain_core.messages import AIMessageChunk, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings


@pytest.fixture
async def resources(weights_settings: Settings, tmp_path: Path) -> AsyncIterator[Resources]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "weights").symlink_to(weights_settings.weights)
    resources = Resources(settings=weights_settings.model_copy(update={"home": home}))
    yield resources
    await resources.aclose()


def config(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


async def test_a_conversation_survives_a_restart_and_its_words_are_recalled(resources, tmp_path):
    context = Context(user_name="Ada")
    async with open_threads(tmp_path / "threads.sqlite") as saver:
        graph = build_turn(resources).compile(checkpointer=saver)
        said = {"messages": [HumanMessage("My name is Ada and I keep bees in Sussex.")]}
        first = await graph.ainvoke(said, config("first"), context=context)
        assert first["reply"]
    again = Resources(settings=resources.settings)
    async with open_threads(tmp_path / "threads.sqlite") as saver:
        graph = build_turn(again).compile(checkpointer=saver)
        assert [m.type for m in (await graph.aget_state(config("first"))).values["messages"]] == ["human", "ai"]
        said = {"messages": [HumanMessage("Where do I keep my bees?")]}
        await graph.ainvoke(said, config("second"), context=context)
        state = (await graph.aget_state(config("second"))).values
    await again.aclose()
    assert any("bees in Sussex" in note["text"] for note in state["recalled"])
    assert not [event for event in state["events"] if "memory was off" in event["text"]]


async def test_nothing_blocks_the_event_loop(resources):
    graph = build_turn(resources).compile()
    with blockbuster_ctx(scanned_modules=["langgraph_roleplay", "qdrant_client", "httpx"]):
        done = await graph.ainvoke({"messages": [HumanMessage("Good evening, sir.")]})
    assert done["reply"]


async def test_the_embedded_model_streams_what_it_finally_says(resources):
    graph = build_turn(resources).compile(checkpointer=InMemorySaver())
    said = {"messages": [HumanMessage("Who are you?")]}
    parts = [message async for message, _ in graph.astream(said, config("t"), stream_mode="messages")]
    state = (await graph.aget_state(config("t"))).values
    assert "".join(part.text for part in parts if isinstance(part, AIMessageChunk)) == state["reply"]
    assert {part.id for part in parts if part.type != "human"} == {state["messages"][-1].id}


async def test_a_deep_turn_on_the_embedded_model_ends_with_a_reply_and_says_what_it_thought(resources):
    graph = build_turn(resources).compile()
    values = [
        state
        async for state in graph.astream(
            {"messages": [HumanMessage("What do you make of my boots?")]},
            context=Context(thinking="deep"),
            stream_mode="updates",
        )
    ]
    updates = {node: update for step in values for node, update in step.items()}
    assert updates["plan"]["plan"]["intent"]
    assert updates["reflect"]["events"]
    assert updates["remember"]["events"][0]["kind"] == "info"


async def test_a_chinese_character_answers_something_even_on_a_model_without_chinese(resources):
    done = (
        await build_turn(resources)
        .compile()
        .ainvoke({"messages": [HumanMessage("你是谁？")]}, context=Context(persona="sun-wukong"))
    )
    assert done["reply"]


async def test_a_home_that_can_not_be_written_costs_the_memory_and_not_the_turn(tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings = Settings(home=tmp_path / "file" / "home")
    resources = Resources(settings=settings, model=ScriptedChatModel(["I see."]))
    graph = build_turn(resources).compile(checkpointer=InMemorySaver())
    said = {"messages": [HumanMessage("Do you remember me?")]}
    await graph.ainvoke(said, config("t"), context=Context(thinking="quick"))
    state = (await graph.aget_state(config("t"))).values
    assert state["reply"] == "I see."
    assert {event["node"] for event in state["events"] if event["kind"] == "degraded"} == {"recall_memory", "remember"}
