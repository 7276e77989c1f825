"""Turns that collide: in plain LangGraph a thread takes one at a time."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command, interrupt

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.graphs import _threads
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import Scope
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

QUICK = Context(thinking="quick")
ADA = Context(thinking="quick", user_name="Ada")


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

    @tool
    async def ask_the_other() -> str:
        """Ask."""
        return str((await say(inner, "One."))["reply"])

    calls = AIMessage("", tool_calls=[{"name": "ask_the_other", "args": {}, "id": "1"}])
    model = ScriptedChatModel([calls, "I see."])
    resources = Resources(model=model, memory=bank, tools=[ask_the_other])
    outer = build_turn(resources).compile(checkpointer=InMemorySaver())
    await asyncio.wait_for(say(outer, "Ask."), 5)
    assert model.calls[-1][-1].text == "Twice."


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


@pytest.mark.parametrize("mode", ["messages", ["values", "messages"]])
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_what_a_listener_heard_before_it_left_is_kept_and_remembered(bank, mode, version):
    graph = make(bank, "First words. Then many more words. And more.", "Here I am again.")
    given = {"messages": [HumanMessage("One.")]}
    stream = graph.astream(given, at("t"), context=ADA, stream_mode=mode, version=version)
    async for part in stream:
        if "First words." in str(part):
            break
    await stream.aclose()
    state = (await graph.aget_state(at("t"))).values
    assert [message.text for message in state["messages"]] == ["One.", "First words."]
    assert state["messages"][-1].id == state["reply_id"]
    assert "broken off" in str(state["events"])
    assert await bank.count(Scope(character="sherlock-holmes", user="Ada")) == 2
    assert len((await say(graph, "Two."))["messages"]) == 4


async def cancel_once(task: asyncio.Task[None]) -> None:
    task.cancel()


async def cancel_on_and_on(task: asyncio.Task[None]) -> None:
    """As anyio's cancel scopes do it, and with them every Starlette server whose client leaves."""
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)


@pytest.mark.parametrize("cancel", [cancel_once, cancel_on_and_on])
async def test_what_a_cancelled_listener_heard_stands_before_the_message_that_interrupted_it(bank, cancel):
    graph = make(bank, "First words. Then many more words.", "Here I am again.", delay=0.05)
    heard = asyncio.Event()

    async def listen() -> None:
        given = {"messages": [HumanMessage("One.")]}
        async for _ in graph.astream(given, at("t"), context=QUICK, stream_mode="messages"):
            heard.set()

    listener = asyncio.create_task(listen())
    await asyncio.wait_for(heard.wait(), 5)
    await cancel(listener)
    state = await asyncio.wait_for(say(graph, "Two."), 5)
    assert [message.text for message in state["messages"]] == ["One.", "First words.", "Two.", "Here I am again."]
    assert await bank.count(Scope(character="sherlock-holmes", user="Visitor")) == 4


@pytest.mark.parametrize(
    ("words", "until"),
    [("Fresh air at last. Then many more words.", "last."), ("Fresh air at last.", "last.")],
    ids=["in_the_midst", "at_the_end"],
)
async def test_a_listener_that_leaves_a_resumed_turn_keeps_what_was_said_before_the_interrupt(bank, words, until):
    @tool
    def open_window() -> str:
        """Open the window."""
        return f"opened: {interrupt('May I?')}"

    asks = AIMessage("One moment.", tool_calls=[{"name": "open_window", "args": {}, "id": "1"}])
    model = ScriptedChatModel([asks, words], delay=0.005)
    resources = Resources(model=model, memory=bank, tools=[open_window])
    graph = build_turn(resources).compile(checkpointer=InMemorySaver())
    await say(graph, "It is hot.")
    stream = graph.astream(Command(resume="yes"), at("t"), context=QUICK, stream_mode="messages")
    async for part, _ in stream:
        if until in part.text:
            break
    await stream.aclose()
    messages = (await graph.aget_state(at("t"))).values["messages"]
    assert [message.text for message in messages] == ["It is hot.", "One moment.\nFresh air at last."]


async def test_a_reply_that_was_accepted_before_it_was_said_stands_whole(bank):
    plan = '{"intent": "greet", "emotion": "calm", "goal": "help", "avoid": "haste"}'
    graph = make(bank, plan, "First words. Last words.", '{"reason": "nothing", "verdict": "keep"}')
    given = {"messages": [HumanMessage("One.")]}
    stream = graph.astream(given, at("t"), context=Context(thinking="deep"), stream_mode="messages")
    heard, _ = await anext(stream)
    await stream.aclose()
    state = (await graph.aget_state(at("t"))).values
    assert heard.text == "First words."
    assert state["messages"][-1].text == state["reply"] == "First words. Last words."
    assert "broken off" not in str(state["events"])


async def test_what_a_tools_own_model_said_to_the_listener_is_not_kept_as_the_characters_words(bank):
    @tool
    async def ask_another() -> str:
        """Ask."""
        return (await ScriptedChatModel(["Words of another."]).ainvoke("Well?")).text

    calls = AIMessage("", tool_calls=[{"name": "ask_another", "args": {}, "id": "1"}])
    model = ScriptedChatModel([calls, "First words. Then many more words."], delay=0.005)
    resources = Resources(model=model, memory=bank, tools=[ask_another])
    graph = build_turn(resources).compile(checkpointer=InMemorySaver())
    given, heard = {"messages": [HumanMessage("One.")]}, []
    stream = graph.astream(given, at("t"), context=QUICK, stream_mode="messages")
    async for part, _ in stream:
        heard.append(part.text.strip())
        if "First words." in heard:
            break
    await stream.aclose()
    messages = (await graph.aget_state(at("t"))).values["messages"]
    assert "Words" in heard
    assert [message.text for message in messages] == ["One.", "First words."]


async def test_a_deflection_that_is_broken_off_is_kept_whole_and_a_crisis_is_not_remembered(bank):
    graph = make(bank)
    given = {"messages": [HumanMessage("I want to kill myself tonight.")]}
    stream = graph.astream(given, at("t"), context=QUICK, stream_mode="messages")
    heard, _ = await anext(stream)
    await stream.aclose()
    left = await graph.aget_state(at("t"))
    assert (left.tasks, "not kept" in str(left.values["events"])) == ((), True)
    assert [message.type for message in left.values["messages"]] == ["human", "ai"]
    assert left.values["messages"][-1].text == heard.text
    assert await bank.count(Scope(character="sherlock-holmes", user="Visitor")) == 0


async def test_a_listener_that_leaves_with_the_last_word_leaves_a_turn_that_is_remembered(bank):
    graph = make(bank, "First words. Last words.", "Here I am again.")
    given = {"messages": [HumanMessage("One.")]}
    stream = graph.astream(given, at("t"), context=QUICK, stream_mode="messages")
    async for part, _ in stream:
        if "Last words." in part.text:
            break
    await stream.aclose()
    messages = (await graph.aget_state(at("t"))).values["messages"]
    assert [message.text for message in messages] == ["One.", "First words. Last words."]
    assert await bank.count(Scope(character="sherlock-holmes", user="Visitor")) == 2


async def test_a_listener_that_breaks_off_and_keeps_the_stream_does_not_keep_the_thread(bank, monkeypatch):
    monkeypatch.setattr(_threads, "_PATIENCE", 1.0)  # once, not for each of the parts
    graph = make(bank, "First words. Then many more words.", "Here I am again.")
    given = {"messages": [HumanMessage("One.")]}
    stream = graph.astream(given, at("t"), context=QUICK, stream_mode=["messages", "values"])
    async for _ in stream:
        break
    state = await asyncio.wait_for(say(graph, "Two."), 5)
    said = ["One.", "First words. Then many more words.", "Two.", "Here I am again."]
    assert [message.text for message in state["messages"]] == said
    *_, (_, last) = [part async for part in stream]
    assert last["reply"] == said[1]


async def test_an_error_of_the_turn_reaches_its_reader(bank):
    graph = make(bank)
    with pytest.raises(RoleplayError, match="nobody-here"):
        await graph.ainvoke({"messages": [HumanMessage("One.")]}, at("t"), context=Context(persona="nobody-here"))


@pytest.mark.parametrize("way", [["dream"], ["deeper", "dream"]], ids=["at_once", "by_way_of_another"])
async def test_a_turn_asked_for_within_a_turn_of_the_same_thread_is_an_error_that_names_it(bank, way):
    told: list[str] = []

    @tool
    async def ask_myself(thread: str) -> str:
        """Ask."""
        try:
            return str(await asyncio.wait_for(say(stage[0], "Who am I?", thread), 5))
        except RoleplayError as error:
            told.append(str(error))
            return "nothing"

    calls = [{"name": "ask_myself", "args": {"thread": thread}, "id": "1"} for thread in way]
    model = ScriptedChatModel(
        [*(AIMessage("", tool_calls=[call]) for call in calls), *(f"I woke up from {thread}." for thread in way)]
    )
    resources = Resources(settings=Settings(), model=model, memory=bank, tools=[ask_myself])
    stage = [build_turn(resources).compile(checkpointer=InMemorySaver())]
    assert (await say(stage[0], "Sleep.", "dream"))["reply"] == "I woke up from dream."
    (error,) = told
    assert "Thread 'dream'" in error
    assert "thread_id" in error


async def test_what_a_turn_leaves_running_may_ask_for_a_turn_once_it_is_over(bank):
    later: list[asyncio.Task[Any]] = []
    over = asyncio.Event()

    @tool
    async def come_back() -> str:
        """Come back."""

        async def ask() -> Any:
            await over.wait()
            return await say(stage[0], "Two.")

        later.append(asyncio.create_task(ask()))
        return "later"

    calls = AIMessage("", tool_calls=[{"name": "come_back", "args": {}, "id": "1"}])
    model = ScriptedChatModel([calls, "Until later.", "A third voice.", "Here I am again."], delay=0.01)
    resources = Resources(settings=Settings(), model=model, memory=bank, tools=[come_back])
    stage = [build_turn(resources).compile(checkpointer=InMemorySaver())]
    await say(stage[0], "One.")
    between = asyncio.create_task(say(stage[0], "And?"))
    over.set()
    await asyncio.wait_for(asyncio.gather(between, *later), 5)
    messages = (await stage[0].aget_state(at("t"))).values["messages"]
    assert [message.type for message in messages] == ["human", "ai"] * 3


async def test_a_turn_inside_another_graph_of_the_same_thread_does_not_wait_for_itself(bank):
    inner = build_turn(Resources(model=ScriptedChatModel(["Twice."], loop=True), memory=bank)).compile()

    async def character(state: MessagesState) -> dict[str, Any]:
        turn = await inner.ainvoke({"messages": state["messages"]}, context=QUICK)
        return {"messages": turn["messages"][-1:]}

    outer = StateGraph(MessagesState).add_node("character", character).add_edge(START, "character")
    graph = outer.compile(checkpointer=InMemorySaver())
    done = await asyncio.wait_for(graph.ainvoke({"messages": [HumanMessage("One.")]}, at("t")), 5)
    assert [message.type for message in done["messages"]] == ["human", "ai"]
