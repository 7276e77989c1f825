"""A conversation while the owner process of its memory hangs or dies: answered, told, and remembered later."""

import asyncio
import os
import signal
import subprocess

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay import Context, MemoryBank, ScriptedChatModel, ScriptedEmbeddings, Settings
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import Selection
from langgraph_roleplay.resources import Resources


class Talk:
    def __init__(self, settings, bank):
        self.bank = bank
        self.count = 0
        model = ScriptedChatModel([self.answer], loop=True)
        self.resources = Resources(settings=settings, model=model, memory=bank)
        self.graph = build_turn(self.resources).compile(checkpointer=InMemorySaver())

    def answer(self, messages):
        self.count += 1
        return f"The clue marked {self.count} lies on the table."

    async def say(self, text):
        config = {"configurable": {"thread_id": "t"}}
        said = {"messages": [HumanMessage(text)]}
        async with asyncio.timeout(30):
            await self.graph.ainvoke(said, config, context=Context(thinking="quick", user_name="Ada"))
        state = (await self.graph.aget_state(config)).values
        return {event["node"]: event["text"] for event in state["events"] if event["kind"] == "degraded"}

    async def kept(self):
        found = [memory async for memory in self.bank.browse(Selection(user="Ada")) if memory.kind == "turn"]
        return sorted((memory.turn, memory.text) for memory in found)


@pytest.fixture
async def talk(tmp_path):
    settings = Settings(home=tmp_path)
    bank = await MemoryBank.open(settings.memory, embeddings=ScriptedEmbeddings())
    talk = Talk(settings, bank)
    yield talk
    await talk.resources.aclose()
    await bank.close()


async def send(number, settings_home):
    """Send a signal to the owner of the memory of a home."""
    command = ["pgrep", "-f", f"edge_owner.py {settings_home / 'memory'} "]
    found = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    (owner,) = (int(line) for line in found.stdout.split())
    os.kill(owner, number)


async def test_an_owner_that_is_killed_in_the_middle_of_a_recall_costs_nothing(talk, tmp_path):
    await talk.say("One.")
    await send(signal.SIGSTOP, tmp_path)
    turn = asyncio.create_task(talk.say("What is on the table?"))
    await asyncio.sleep(0.5)
    await send(signal.SIGKILL, tmp_path)
    assert await turn == {}
    assert [number for number, _ in await talk.kept()] == [1, 1, 2, 2]


async def test_an_owner_that_hangs_is_not_waited_for_and_gets_the_turn_when_it_is_back(talk, tmp_path, monkeypatch):
    await talk.say("One.")
    for node in ("recall_memory", "remember"):
        monkeypatch.setattr(f"langgraph_roleplay.nodes.{node}.MEMORY_SECONDS", 0.3)
    await send(signal.SIGSTOP, tmp_path)
    try:
        told = await talk.say("What is on the table?")
    finally:
        await send(signal.SIGCONT, tmp_path)
    assert told["remember"].startswith("kept in the outbox, memory was off: no answer for 0.3 s")
    assert len([*(tmp_path / "outbox").glob("*.json")]) == 1
    monkeypatch.undo()
    assert await talk.say("Three.") == {}
    assert [number for number, _ in await talk.kept()] == [1, 1, 2, 2, 3, 3]
    assert [*(tmp_path / "outbox").glob("*.json")] == []
