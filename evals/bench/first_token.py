"""Time to first token: our graph on `quick` beside a direct call of the same embedded server, same prompt."""

import statistics
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from rich.table import Table

from langgraph_roleplay.context import Context
from langgraph_roleplay.evals.bench.rig import open_rig
from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import load_chat_model
from langgraph_roleplay.nodes._prompting import stable_prefix
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import read_settings

__all__ = ["bench_first_token"]

_TRIALS = 15
_TARGET = 1.15
_MODEL = "embedded:smollm2"


async def bench_first_token() -> Table:
    """Both arms start from the same cache: another prompt is read, then the conversation's stable prefix."""
    settings = read_settings()
    model = load_chat_model(_MODEL, settings=settings)
    async with open_rig(memories=200) as rig:
        resources = Resources(settings=settings, model=_MODEL, memory=await rig.memory())
        trials = [await _trial(resources, model, number) for number in range(_TRIALS)]
    return _report(trials)


class _Clock(AsyncCallbackHandler):
    """Notes what the model was asked and when its first token came."""

    def __init__(self) -> None:
        self.asked: Sequence[BaseMessage] = ()
        self.first: float | None = None

    async def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self.asked = messages[0]

    async def on_llm_new_token(self, token: str | list[str | dict[str, Any]], **kwargs: Any) -> None:
        if token and self.first is None:
            self.first = time.perf_counter()


async def _trial(resources: Resources, model: BaseChatModel, number: int) -> tuple[float, float, float]:
    """Seconds to the first token through the graph, directly, and to the first released sentence."""
    context = Context(thinking="quick", model=_MODEL)
    prefix = await stable_prefix(context, resources=resources, thread=f"trial-{number}")
    graph = build_turn(resources).compile(checkpointer=InMemorySaver())
    clock, text = _Clock(), f"Pray, what did I lose near Norwood in the {number}th week?"
    await _reset(model, prefix)
    start, released = time.perf_counter(), None
    config: Any = {"configurable": {"thread_id": f"trial-{number}"}, "callbacks": [clock]}
    async for message, _ in graph.astream(
        {"messages": [HumanMessage(text)]}, config, context=context, stream_mode="messages"
    ):
        if isinstance(message, AIMessageChunk) and released is None:
            released = time.perf_counter() - start
    ours = (clock.first or time.perf_counter()) - start
    await _reset(model, prefix)
    return ours, await _direct(model, clock.asked, stop=[f"\n{context.user_name}:"]), released or ours


async def _direct(model: BaseChatModel, messages: Sequence[BaseMessage], *, stop: list[str]) -> float:
    start = time.perf_counter()
    first = 0.0
    async for chunk in model.astream(list(messages), stop=stop):
        if chunk.text and not first:
            first = time.perf_counter() - start
    return first


async def _reset(model: BaseChatModel, prefix: Sequence[BaseMessage]) -> None:
    await model.ainvoke([HumanMessage("Count to three.")], max_tokens=1)
    await model.ainvoke(list(prefix), max_tokens=1)


def _report(trials: Sequence[tuple[float, float, float]]) -> Table:
    ours, direct, released = (statistics.median(column) * 1000 for column in zip(*trials, strict=True))
    ratios = statistics.median(graph / alone for graph, alone, _ in trials)
    return make_table(
        f"Time to first token on the embedded model (target: ratio ≤ {_TARGET})",
        f"{_TRIALS} fresh threads, {_MODEL}, quick, 200 memories, stable prefix warm in both arms",
        ["arm", "median"],
        [
            ["roleplay graph, first token", f"{ours:.0f} ms"],
            ["direct call, first token", f"{direct:.0f} ms"],
            ["ratio (median of pairs)", f"{ratios:.2f}"],
            ["roleplay graph, first released sentence", f"{released:.0f} ms"],
        ],
    )
