"""Distilling beside the turns: off the hot path, when it is quiet, never silently absent."""

import asyncio
import json
import re
import time
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import Memory, MemoryBank, Selection
from langgraph_roleplay.memory.distilling.ledger import read_ledger
from langgraph_roleplay.models import ScriptedChatModel, profile_of
from langgraph_roleplay.reminiscing import Errand, Pace, Reminiscing
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

WHOSE = {"user": "Anna", "character": "sherlock-holmes"}
AT_ONCE = Pace(look=0.0, quiet=0.01, longest=0.05, grace=0.05)


class Stage:
    """A turn graph whose model answers turns and distilling differently."""

    def __init__(
        self, bank: MemoryBank, *, distilled: Any = '{"facts": []}', after: int | None = 2, pace: Pace = AT_ONCE
    ):
        self.asked: list[str] = []
        self.distilled = distilled
        self.model = ScriptedChatModel([self._answer], loop=True)
        self.resources = Resources(settings=Settings(), model=self.model, memory=bank)
        self.reminiscing.pace = pace
        self.graph = build_turn(self.resources).compile(checkpointer=InMemorySaver())
        self.context = Context(user_name="Anna", thinking="quick", reminisce_after=after)
        self.said = 0
        self.config = {"configurable": {"thread_id": f"{id(self)}"}}

    @property
    def reminiscing(self) -> Reminiscing:
        return self.resources.reminiscing

    def _answer(self, messages: list[Any]) -> Any:
        if "worth knowing for a long time" in messages[-1].text:
            self.asked.append(messages[-1].text)
            return self.distilled
        self.said += 1
        return f"Pray go on, that was matter number {self.said} {'and again ' * self.said}indeed."

    async def say(self, text: str) -> list[dict[str, Any]]:
        await self.graph.ainvoke({"messages": [HumanMessage(text)]}, self.config, context=self.context)
        return (await self.state())["events"]

    async def state(self) -> dict[str, Any]:
        return (await self.graph.aget_state(self.config)).values


def distilled(text: str) -> str:
    fact = {"text": text, "subject": "Anna", "relation": "lives in", "evidence": [1], "importance": 5, "when": ""}
    return json.dumps({"facts": [fact]})


async def test_after_enough_turns_facts_are_distilled_in_the_background(bank):
    stage = Stage(bank, distilled=distilled("Anna lives in Lyon."))
    await stage.say("I live in Lyon.")
    await stage.reminiscing.settled()
    assert stage.asked == []
    await stage.say("It rains.")
    await stage.reminiscing.settled()
    assert len(stage.asked) == 1
    facts = [memory.text async for memory in bank.browse(Selection(user="Anna", kind="fact"))]
    assert facts == ["Anna lives in Lyon."]


async def test_a_process_that_left_too_early_is_made_up_for_by_the_next(bank):
    left = Stage(bank, pace=Pace(look=60.0))
    for _ in range(3):
        await left.say("I live in Lyon.")
    await left.resources.aclose()
    assert left.asked == []
    stage = Stage(bank, distilled=distilled("Anna lives in Lyon."))
    await stage.say("It rains.")
    await stage.reminiscing.settled()
    assert any("I live in Lyon." in asked for asked in stage.asked)


async def test_a_failed_run_is_said_in_the_next_turn_and_after_a_restart(bank):
    stage = Stage(bank, distilled="I would rather not.", after=1)
    await stage.say("I live in Lyon.")
    await stage.reminiscing.settled()
    [event] = [event for event in await stage.say("It rains.") if "distilling" in event["text"]]
    assert event["kind"] == "degraded"
    assert re.fullmatch(
        r"distilling failed, last at .*: the model's answer could not be read; 2 lines wait", event["text"]
    )
    await stage.resources.aclose()
    again = Stage(bank, after=100)
    await again.say("Hm.")
    await again.reminiscing.settled()
    assert any("distilling failed" in event["text"] for event in await again.say("Well?"))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("langgraph_roleplay.graphs.reminisce.PAUSES", ())


async def test_a_failure_does_not_touch_the_turn(bank):
    stage = Stage(bank, distilled=ModelError("the model is down"), after=1)
    await stage.say("I live in Lyon.")
    await stage.reminiscing.settled()
    assert len(stage.asked) == 3
    assert any("Pray go on" in message.text for message in (await stage.state())["messages"])
    ledger = await read_ledger(bank, **WHOSE)
    assert ledger.in_a_row == 1


@pytest.mark.parametrize("after", [0, None])
async def test_nothing_is_looked_after_where_it_is_off(bank, after):
    stage = Stage(bank, after=after)
    if after is None:
        stage.resources.profile = lambda context: profile_of("embedded:smollm2")
    for _ in range(3):
        await stage.say("I live in Lyon.")
    await stage.reminiscing.settled()
    assert stage.asked == []
    assert stage.reminiscing.trouble(**WHOSE) == ""


async def test_turns_that_follow_each_other_are_distilled_together(bank):
    stage = Stage(bank, after=2, pace=Pace(look=0.0, quiet=0.2, longest=5.0))
    for _ in range(3):
        await stage.say("I live in Lyon.")
    await stage.reminiscing.settled()
    assert len(stage.asked) == 1


async def test_closing_waits_only_shortly_for_a_run(bank):
    stage = Stage(bank, after=1)
    stuck = asyncio.Event()

    async def run() -> str:
        await stuck.wait()
        return ""

    await stage.say("I live in Lyon.")
    await stage.reminiscing.settled()
    await stage.say("I live in Paris.")
    errand = Errand(**WHOSE, after=1, bank=stage.resources.memory, run=run)
    reminiscing = Reminiscing(pace=AT_ONCE)
    reminiscing.nudge(errand)
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await reminiscing.close()
    assert time.monotonic() - began < 1


async def test_an_error_that_nobody_foresaw_is_said_too(bank, caplog):
    stage = Stage(bank, after=1)
    await stage.say("I live in Lyon.")
    await stage.reminiscing.settled()
    await stage.say("I live in Lyon.")

    async def run() -> str:
        raise ZeroDivisionError("oh")

    reminiscing = Reminiscing(pace=AT_ONCE)
    reminiscing.nudge(Errand(**WHOSE, after=1, bank=stage.resources.memory, run=run))
    await reminiscing.settled()
    await asyncio.sleep(0)
    assert reminiscing.trouble(**WHOSE) == "distilling failed: ZeroDivisionError: oh"
    assert "ZeroDivisionError" in caplog.text


async def test_on_a_server_a_cron_that_is_missing_is_said(bank):
    stage = Stage(bank, after=1, pace=Pace(look=60))
    for _ in range(3):
        await stage.say("I live in Lyon.")
    reminiscing = Reminiscing(pace=AT_ONCE)
    reminiscing.nudge(Errand(**WHOSE, after=1, bank=stage.resources.memory, run=None))
    await reminiscing.settled()
    expected = "6 lines wait to be distilled: the graph `reminisce` has never run, give it a cron"
    assert reminiscing.trouble(**WHOSE) == expected


async def test_what_matters_is_distilled_sooner(bank):
    def lines(importance: float) -> list[Memory]:
        fields = {"text": "I live in Lyon.", "speaker": "Anna", "thread": "t", "importance": importance}
        return [Memory(**fields, **WHOSE, turn=turn, key=f"h{importance}{turn}") for turn in range(5)]

    ran: list[float] = []
    for importance in (0.5, 1.0):

        async def run(of: float = importance) -> str:
            ran.append(of)
            return ""

        await bank.forget(user="Anna")
        await bank.remember(lines(importance))
        reminiscing = Reminiscing(pace=AT_ONCE)
        reminiscing.nudge(Errand(**WHOSE, after=5, bank=_giving(bank), run=run))
        await reminiscing.settled()
    assert ran == [1.0]


def _giving(bank: MemoryBank) -> Any:
    async def give() -> MemoryBank:
        return bank

    return give


async def test_of_those_for_whom_all_is_done_nothing_is_kept(bank):
    reminiscing = Reminiscing(pace=AT_ONCE)
    for user in ("Anna", "Bob"):
        whose = WHOSE | {"user": user}
        reminiscing.nudge(Errand(**whose, after=1, bank=Stage(bank).resources.memory, run=None))
    await reminiscing.settled()
    await asyncio.sleep(0)
    assert (reminiscing._jobs, reminiscing._troubles) == ({}, {})
