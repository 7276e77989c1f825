"""Turns that collide: in plain LangGraph a thread takes one at a time."""

import asyncio
from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.resources import Resources

QUICK = Context(thinking="quick")


def make(bank, *replies, delay=0.005):
    model = ScriptedChatModel(list(replies), delay=delay)
    return build_turn(Resources(model=model, memory=bank)).compile(checkpointer=InMemorySaver())


def at(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


def say(graph, text, thread="t"):
    return graph.ainvoke({"messages": [HumanMessage(text)]}, at(thread), context=QUICK)


async def test_two_messages_at_once_are_answered_one_after_the_other(bank):
    graph = make(bank, "The first is answered.", "And so is the second.")
    await asyncio.gather(say(graph, "One."), say(graph, "Two."))
    messages = (await graph.aget_state(at("t"))).values["messages"]
    assert [message.type for message in messages] == ["human", "ai", "human", "ai"]


async def test_a_graph_that_is_bound_to_a_thread_takes_one_turn_at_a_time_too(bank):
    graph = make(bank, "The first is answered.", "And so is the second.").with_config(at("t"))
    await asyncio.gather(*(graph.ainvoke({"messages": [HumanMessage(text)]}, context=QUICK) for text in ("1", "2")))
    messages = (await graph.aget_state(at("t"))).values["messages"]
    assert [message.type for message in messages] == ["human", "ai", "human", "ai"]


async def test_another_graph_with_a_saver_of_its_own_does_not_wait_for_the_same_thread(bank):
    inner = make(bank, "Twice.")

    async def ask_the_other(_: Any) -> dict[str, Any]:
        turn = await inner.ainvoke({"messages": [HumanMessage("One.")]}, at("t"), context=QUICK)
        return {"messages": turn["messages"][-1:]}

    outer = StateGraph(MessagesState).add_node("ask", ask_the_other).add_edge(START, "ask")
    done = await asyncio.wait_for(outer.compile(checkpointer=InMemorySaver()).ainvoke({"messages": []}, at("t")), 5)
    assert done["messages"][-1].text == "Twice."


async def test_other_threads_do_not_wait(bank):
    answered = asyncio.Event()

    class WaitsForTheOther(ScriptedChatModel):
        async def _astream(self, messages, *args, **others):
            if "One." in messages[-1].text:
                await answered.wait()
            async for chunk in super()._astream(messages, *args, **others):
                yield chunk

    model = WaitsForTheOther(["I see."], loop=True)
    graph = build_turn(Resources(model=model, memory=bank)).compile(checkpointer=InMemorySaver())
    slow = asyncio.create_task(say(graph, "One.", "slow"))
    await asyncio.wait_for(say(graph, "Two.", "other"), 5)
    answered.set()
    assert (await asyncio.wait_for(slow, 5))["reply"] == "I see."


async def test_a_turn_that_is_cancelled_lets_the_next_one_in_and_leaves_a_valid_history(bank):
    graph = make(bank, "A long answer that nobody waits for.", "Here I am again.", delay=0.05)
    turn = asyncio.create_task(say(graph, "One."))
    await asyncio.sleep(0.15)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    await asyncio.wait_for(say(graph, "Two."), 5)
    messages = (await graph.aget_state(at("t"))).values["messages"]
    assert [message.text for message in messages] == ["One.", "Two.", "Here I am again."]


async def test_a_listener_that_leaves_early_lets_the_next_turn_in(bank):
    graph = make(bank, "First words. Then many more words.", "Here I am again.")
    stream = graph.astream({"messages": [HumanMessage("One.")]}, at("t"), context=QUICK, stream_mode="messages")
    async for _ in stream:
        break
    await stream.aclose()
    assert (await asyncio.wait_for(say(graph, "Two."), 5))["reply"] == "Here I am again."


async def test_a_turn_inside_another_graph_of_the_same_thread_does_not_wait_for_itself(bank):
    inner = build_turn(Resources(model=ScriptedChatModel(["Twice."], loop=True), memory=bank)).compile()

    async def character(state: MessagesState) -> dict[str, Any]:
        turn = await inner.ainvoke({"messages": state["messages"]}, context=QUICK)
        return {"messages": turn["messages"][-1:]}

    outer = StateGraph(MessagesState).add_node("character", character).add_edge(START, "character")
    graph = outer.compile(checkpointer=InMemorySaver())
    done = await asyncio.wait_for(graph.ainvoke({"messages": [HumanMessage("One.")]}, at("t")), 5)
    assert [message.type for message in done["messages"]] == ["human", "ai"]
