"""Branches: talked, swiped, edited, forked, resent or trimmed, a branch remembers itself and nothing else."""

import random
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple, cast

from langchain_core.messages import BaseMessage, HumanMessage, RemoveMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import MemoryBank, Scope
from langgraph_roleplay.models import ScriptedChatModel, ScriptedEmbeddings
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings
from langgraph_roleplay.state import InputState, State
from langgraph_roleplay.turn import branch_of

__all__ = ["ACTS", "TRIALS", "live", "try_branches"]

ACTS = ("say", "swipe", "edit", "fork", "resend", "trim")
_CONTEXT = Context(thinking="quick", reminisce_after=0)
_HERE: RunnableConfig = {"configurable": {"thread_id": "t"}}
_SEED = 11


class _End(NamedTuple):
    """The end of a turn: where it is in the saver, what had been said by then, and the turn it went on from."""

    place: RunnableConfig
    said: tuple[str, ...]
    parent: int


class _Play:
    """One thread, lived at random."""

    def __init__(self, bank: MemoryBank) -> None:
        numbers = count()
        model = ScriptedChatModel([lambda _: f"Tea, I said {next(numbers)} times."], loop=True)
        resources = Resources(settings=Settings(), model=model, memory=bank)
        self._bank = bank
        self._graph = build_turn(resources).compile(checkpointer=InMemorySaver())
        self._ends: list[_End] = []
        self._now = 0
        self._trimmed = False
        self._asked = count()

    async def begin(self) -> None:
        """An empty thread, so that its first turn can be left too."""
        place = await self._graph.aupdate_state(_HERE, {"messages": []}, as_node="remember")
        self._ends = [_End(place, (), 0)]
        await self._turn(0, "Do you like tea?")

    async def act(self, name: str, number: int) -> None:
        """One act; `number` chooses among the turns where there is a choice."""
        end = self._ends[self._now]
        if name == "swipe":
            await self._turn(end.parent, end.said[-2])
        elif name == "edit":
            before = self._before_now()
            await self._turn(before[number % len(before)], self._question("Tea again?"))
        elif name == "fork":
            await self._turn(number % (len(self._ends) - 1) + 1, self._question("Which tea?"))
        elif name == "resend" and not self._trimmed:
            messages = (await self._graph.aget_state(end.place)).values["messages"]
            copies = [message.model_copy(update={"id": None}) for message in messages]
            await self._turn(self._now, self._question("More tea?"), resent=copies)
        elif name == "trim":
            await self._trim(end)
        else:
            await self._turn(self._now, self._question("Tea?"))

    async def faults(self) -> dict[str, int]:
        """What is seen from this branch and from another thread: how much is not of it, and how much is missing."""
        place, said, _ = self._ends[self._now]
        values = (await self._graph.aget_state(place)).values
        here = Scope(character="sherlock-holmes", user="Visitor", thread="t", branch=branch_of(cast(State, values)))
        found = {"leaked": 0, "missing": 0}
        for scope in (here, Scope(character=here.character, user=here.user, thread="other")):
            hits = await self._bank.recall("tea", scope=scope, k=50)
            seen = {hit.memory.text for hit in hits}
            found["leaked"] += max(len(seen - {*said}), await self._bank.count(scope) - len(said))
            found["missing"] += len({*said} - seen)
        return found

    async def _turn(self, before: int, text: str, *, resent: Sequence[BaseMessage] = ()) -> None:
        """Say `text` at the end of turn `before`, alone or after the whole history under new ids."""
        earlier: list[BaseMessage] = [RemoveMessage(id=REMOVE_ALL_MESSAGES), *resent] if resent else []
        place, said, _ = self._ends[before]
        given = cast(InputState, {"messages": [*earlier, HumanMessage(text)]})
        await self._graph.ainvoke(given, place, context=_CONTEXT)
        state = await self._graph.aget_state(_HERE)
        self._ends.append(_End(state.config, (*said, text, state.values["reply"]), before))
        self._now = len(self._ends) - 1

    async def _trim(self, end: _End) -> None:
        """As a host does it: of the messages only the last turn is left."""
        self._trimmed = True
        messages = (await self._graph.aget_state(end.place)).values["messages"]
        old = [RemoveMessage(id=message.id) for message in messages[:-2]]
        place = await self._graph.aupdate_state(end.place, {"messages": old}, as_node="remember")
        self._ends[self._now] = end._replace(place=place)

    def _before_now(self) -> list[int]:
        found, at = list[int](), self._now
        while at:
            at = self._ends[at].parent
            found.append(at)
        return found

    def _question(self, text: str) -> str:
        return f"{text} {next(self._asked)}"


async def live(acts: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Live a thread; how many memories were seen that are not of the branch, and how many of it were not."""
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    play = _Play(bank)
    await play.begin()
    total = {"leaked": 0, "missing": 0}
    for name, number in acts:
        await play.act(name, number)
        for fault, times in (await play.faults()).items():
            total[fault] += times
    await bank.close()
    return total


async def try_branches(threads: int = 100) -> dict[str, int]:
    """Live threads of two to twelve random acts each."""
    chance = random.Random(_SEED)
    total = {"threads": threads, "acts": 0, "leaked": 0, "missing": 0}
    for _ in range(threads):
        acts = [(chance.choice(ACTS), chance.randrange(20)) for _ in range(chance.randint(2, 12))]
        total["acts"] += len(acts)
        for fault, times in (await live(acts)).items():
            total[fault] += times
    return total


TRIALS = {"branches": try_branches}
