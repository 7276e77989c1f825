"""A turn whose memory fails: the reply comes, the turn says so, and nothing of it is lost."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import MemoryBank, Scope, Selection
from langgraph_roleplay.memory.keeping.limits import Limits
from langgraph_roleplay.memory.keeping.outbox import Outbox
from langgraph_roleplay.models import ScriptedChatModel, ScriptedEmbeddings
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

QUICK = Context(thinking="quick")
SCOPE = Scope(character="sherlock-holmes", user="Visitor")


class Play:
    """A conversation with numbered replies, and an outbox."""

    def __init__(self, bank: MemoryBank, outbox: Outbox) -> None:
        self.bank = bank
        self.outbox = outbox
        self.count = 0
        model = ScriptedChatModel([self.answer], loop=True)
        self.resources = Resources(settings=Settings(), model=model, memory=bank, outbox=outbox)
        self.graph = build_turn(self.resources).compile(checkpointer=InMemorySaver())

    def answer(self, messages: Any) -> str:
        self.count += 1
        return f"The clue marked {self.count} lies on the table."

    async def say(self, text: str, thread: str = "t") -> dict[str, Any]:
        config = {"configurable": {"thread_id": thread}}
        async with asyncio.timeout(10):
            await self.graph.ainvoke({"messages": [HumanMessage(text)]}, config, context=QUICK)
        return (await self.graph.aget_state(config)).values

    async def swipe(self, thread: str = "t") -> None:
        config = {"configurable": {"thread_id": thread}}
        asked = [step async for step in self.graph.aget_state_history(config) if step.metadata["source"] == "input"]
        await self.graph.ainvoke(None, asked[0].config, context=QUICK)

    async def kept(self) -> list[tuple[int | None, str]]:
        await self.resources.aclose()
        found = [memory async for memory in self.bank.browse(Selection(user="Visitor"))]
        return sorted((memory.turn, memory.text) for memory in found)

    async def recalled(self) -> set[str]:
        hits = await self.bank.recall("clue marked table", scope=SCOPE, k=50)
        return {hit.memory.text for hit in hits}


@pytest.fixture
def play(bank, tmp_path):
    return Play(bank, Outbox(tmp_path / "outbox", location="here"))


def degraded(state: dict[str, Any]) -> dict[str, str]:
    return {event["node"]: event["text"] for event in state["events"] if event["kind"] == "degraded"}


def break_home(bank: MemoryBank, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*args: Any, **kwargs: Any) -> Any:
        raise MemoryUnavailable("the bank burned down")

    for verb in ("upsert", "query", "count", "mark", "scroll"):
        monkeypatch.setattr(bank.home, verb, down)


def slow_down(bank: MemoryBank, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(60)

    for node in ("recall_memory", "remember"):
        monkeypatch.setattr(f"langgraph_roleplay.nodes.{node}.MEMORY_SECONDS", 0.05)
    for verb in ("upsert", "query", "count", "mark", "scroll"):
        monkeypatch.setattr(bank.home, verb, hang)


def break_embedding(bank: MemoryBank, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: Any) -> Any:
        raise ConnectionResetError("the embedding server is gone")

    for verb in ("aembed_documents", "aembed_query"):
        monkeypatch.setattr(ScriptedEmbeddings, verb, broken)


def change_dimension(bank: MemoryBank, monkeypatch: pytest.MonkeyPatch) -> None:
    async def longer(self: Any, given: Any) -> Any:
        return [1.0] * 999 if isinstance(given, str) else [[1.0] * 999 for _ in given]

    for verb in ("aembed_documents", "aembed_query"):
        monkeypatch.setattr(ScriptedEmbeddings, verb, longer)


def fill_disk(bank: MemoryBank, monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_only(*args: Any, **kwargs: Any) -> Any:
        raise MemoryUnavailable("the memory folder is read-only now: its disk has 3 MB left")

    for verb in ("upsert", "mark"):
        monkeypatch.setattr(bank.home, verb, read_only)


Fault = Callable[[MemoryBank, pytest.MonkeyPatch], None]
FAULTS: dict[str, tuple[Fault, str]] = {
    "home down": (break_home, "burned down"),
    "home slow": (slow_down, "no answer for 0.05 s"),
    "embedding broken": (break_embedding, "the embedding server is gone"),
    "embedding of another dimension": (change_dimension, "999 dimensions"),
    "disk full": (fill_disk, "read-only now"),
}


@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS)
async def test_a_turn_without_memory_is_answered_told_and_remembered_later(play, bank, monkeypatch, fault, words):
    await play.say("One.")
    with monkeypatch.context() as broken:
        fault(bank, broken)
        state = await play.say("Two.")
        again = await play.say("Three.")
    assert state["reply"] == "The clue marked 2 lies on the table."
    assert words in degraded(state)["remember"]
    assert degraded(state)["remember"].startswith("kept in the outbox")
    assert again["reply"]
    assert (await play.outbox.holdings()).memories == 4
    assert "remember" not in degraded(await play.say("Four."))
    expected = [(n, text) for n, said in enumerate(("One.", "Two.", "Three.", "Four."), 1)
                for text in sorted((said, f"The clue marked {n} lies on the table."))]  # fmt: skip
    assert await play.kept() == sorted(expected)
    assert (await play.outbox.holdings()).letters == 0


async def test_a_swipe_while_the_home_is_down_leaves_no_ghost_once_it_is_back(play, bank, monkeypatch):
    await play.say("One.")
    with monkeypatch.context() as broken:
        break_home(bank, broken)
        await play.swipe()
    await play.say("Two.")
    assert await play.recalled() >= {"The clue marked 2 lies on the table.", "The clue marked 3 lies on the table."}
    assert "The clue marked 1 lies on the table." not in await play.recalled()


async def test_a_late_letter_does_not_hide_what_was_said_after_it(play, bank, monkeypatch):
    """It says which branch stood when it was written; written after a later turn, it would hide that."""
    await play.say("One.")
    with monkeypatch.context() as broken:
        break_home(bank, broken)
        await play.swipe()
        await play.say("Two.")
    await play.say("Three.")
    await play.say("Four.")
    assert {f"The clue marked {n} lies on the table." for n in (2, 3, 4, 5)} <= await play.recalled()


async def test_other_conversations_are_delivered_by_whichever_turn_comes_next(play, bank, monkeypatch):
    with monkeypatch.context() as broken:
        break_home(bank, broken)
        await play.say("One.", thread="first")
    await play.say("Two.", thread="second")
    async with asyncio.timeout(5):
        while (await play.outbox.holdings()).letters:  # noqa: ASYNC110 - it is done in the background
            await asyncio.sleep(0.01)
    assert "The clue marked 1 lies on the table." in await play.recalled()


async def test_where_the_outbox_can_not_be_written_either_the_turn_says_so_and_ends(play, bank, monkeypatch):
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    fill_disk(bank, monkeypatch)
    monkeypatch.setattr(os, "fsync", full)
    state = await play.say("One.")
    assert state["reply"]
    assert "not kept" in degraded(state)["remember"]
    assert "No space left" in degraded(state)["remember"]


async def test_a_full_outbox_is_said_and_keeps_what_it_has(bank, tmp_path, monkeypatch):
    play = Play(bank, Outbox(tmp_path / "outbox", location="here", most_letters=1))
    with monkeypatch.context() as broken:
        break_home(bank, broken)
        await play.say("One.")
        state = await play.say("Two.")
    assert state["reply"]
    assert "is full" in degraded(state)["remember"]
    await play.say("Three.")
    assert {turn for turn, _ in await play.kept()} == {1, 3}


async def test_a_user_whose_memory_is_full_is_told_and_answered_and_nothing_waits(tmp_path):
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings(), limits=Limits(memories=3))
    play = Play(bank, Outbox(tmp_path / "outbox", location="here"))
    await play.say("One.")
    state = await play.say("Two.")
    assert state["reply"]
    assert "memory of Visitor is full: 2 of 3 memories" in degraded(state)["remember"]
    assert "roleplay memory forget" in degraded(state)["remember"]
    assert (await play.outbox.holdings()).letters == 0
    assert len(await play.kept()) == 2


async def test_the_event_of_a_letter_is_told_to_chatters_as_what_it_is(play, bank, monkeypatch):
    from langgraph_roleplay.cli.why import degraded_lines

    break_home(bank, monkeypatch)
    told = degraded_lines(await play.say("One."))
    assert "This turn will be remembered as soon as the memory is back: the bank burned down" in told


async def test_a_bank_that_keeps_nothing_has_no_outbox(bank):
    assert Resources(settings=Settings(), memory=bank).outbox is None


async def test_what_waits_is_delivered_when_the_bank_is_opened(play, bank, monkeypatch, tmp_path):
    with monkeypatch.context() as broken:
        break_home(bank, broken)
        await play.say("One.")

    async def open_again(home: Any, **others: Any) -> MemoryBank:
        return bank

    monkeypatch.setattr(MemoryBank, "open", open_again)
    monkeypatch.setattr("langgraph_roleplay.resources.load_embeddings", lambda spec, *, settings: ScriptedEmbeddings())
    resources = Resources(settings=Settings(home=tmp_path), outbox=play.outbox)
    await resources.memory()
    async with asyncio.timeout(5):
        while (await play.outbox.holdings()).letters:  # noqa: ASYNC110 - it is done in the background
            await asyncio.sleep(0.01)
    assert len(await play.kept()) == 2
