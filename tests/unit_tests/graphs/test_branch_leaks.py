"""Whatever is talked, swiped, edited, forked, resent or trimmed: a branch remembers itself and nothing else."""

import asyncio
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage, RemoveMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import MemoryBank, Scope
from langgraph_roleplay.models import ScriptedChatModel, ScriptedEmbeddings
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings
from langgraph_roleplay.turn import branch_of

ACTS = st.lists(
    st.tuples(st.sampled_from(["say", "say", "swipe", "edit", "fork", "resend", "trim"]), st.integers(0, 20)),
    min_size=2,
    max_size=9,
)


class Play:
    """One thread, the end of each of its turns, and what had been said by then."""

    def __init__(self, bank):
        numbers = count()
        model = ScriptedChatModel([lambda _: f"Tea, I said {next(numbers)} times."], loop=True)
        resources = Resources(settings=Settings(), model=model, memory=bank)
        self.bank = bank
        self.graph = build_turn(resources).compile(checkpointer=InMemorySaver())
        self.thread = {"configurable": {"thread_id": "t"}}
        self.ends = []
        self.parents = [0]
        self.now = 0
        self.trimmed = False
        self.asked = count()

    async def begin(self):
        """An empty thread, so that its first turn can be left too."""
        self.ends = [(await self.graph.aupdate_state(self.thread, {"messages": []}, as_node="remember"), ())]
        await self.turn(0, "Do you like tea?")

    async def turn(self, before, text, *, resent=()):
        """Say `text` at the end of turn `before`."""
        place, said = self.ends[before]
        messages = [RemoveMessage(id=REMOVE_ALL_MESSAGES), *resent] if resent else []
        messages.append(HumanMessage(text))
        await self.graph.ainvoke({"messages": messages}, place, context=Context(thinking="quick"))
        state = await self.graph.aget_state(self.thread)
        self.ends.append((state.config, (*said, text, state.values["reply"])))
        self.parents.append(before)
        self.now = len(self.ends) - 1

    async def act(self, name, number):
        place = number % len(self.ends)
        if name == "swipe" and self.now:
            await self.turn(self.parents[self.now], self.ends[self.now][1][-2])
        elif name == "edit" and self.now:
            ancestors = self.ancestors()
            await self.turn(ancestors[number % len(ancestors)], f"Tea again? {next(self.asked)}")
        elif name == "fork" and place:
            await self.turn(place, f"Which tea? {next(self.asked)}")
        elif name == "resend" and self.now and not self.trimmed:
            state = await self.graph.aget_state(self.ends[self.now][0])
            copies = [message.model_copy(update={"id": None}) for message in state.values["messages"]]
            await self.turn(self.now, f"More tea? {next(self.asked)}", resent=copies)
        elif name == "trim" and self.now:
            await self.trim()
        else:
            await self.turn(self.now, f"Tea? {next(self.asked)}")

    def ancestors(self):
        found, at = [], self.now
        while at:
            at = self.parents[at]
            found.append(at)
        return found

    async def trim(self):
        self.trimmed = True
        place, said = self.ends[self.now]
        state = await self.graph.aget_state(place)
        old = [RemoveMessage(id=message.id) for message in state.values["messages"][:-2]]
        config = await self.graph.aupdate_state(place, {"messages": old}, as_node="remember")
        self.ends[self.now] = (config, said)

    async def check(self):
        place, said = self.ends[self.now]
        state = await self.graph.aget_state(place)
        assert "degraded" not in {event["kind"] for event in state.values["events"]}
        mine = Scope(character="sherlock-holmes", user="Visitor", thread="t", branch=branch_of(state.values))
        for scope in (mine, Scope(character="sherlock-holmes", user="Visitor", thread="other")):
            hits = await self.bank.recall("tea", scope=scope, k=50)
            assert sorted(hit.memory.text for hit in hits) == sorted(said)
            assert await self.bank.count(scope) == len(said)


async def lived(acts):
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    play = Play(bank)
    await play.begin()
    for name, number in acts:
        await play.act(name, number)
        await play.check()
    await bank.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ACTS)
def test_a_branch_remembers_itself_and_nothing_else(acts):
    asyncio.run(lived(acts))


@pytest.mark.parametrize(
    "acts",
    [
        [("say", 0), ("swipe", 0), ("fork", 1), ("fork", 3)],
        [("say", 0), ("say", 0), ("edit", 1), ("resend", 0), ("fork", 2)],
        [("say", 0), ("say", 0), ("trim", 0), ("say", 0), ("swipe", 0)],
    ],
)
async def test_known_ways_of_leaving_ghosts_leave_none(acts):
    await lived(acts)
