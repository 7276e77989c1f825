"""Time per turn: our graph beside a bare two-node LangGraph graph, both with the same instant model."""

import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from rich.table import Table

from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.context import Context
from langgraph_roleplay.evals.bench.rig import open_rig, scripted_model
from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.graphs.roleplay import build_turn

__all__ = ["bench_turn"]

_MEMORIES = 1000
_TURNS, _WARM_UP = 60, 5
_TARGET = 25
_Turn = Callable[[str], Awaitable[Any]]


async def bench_turn() -> Table:
    """Take turns in turns, so that both graphs see the same machine; SQLite checkpoints in both."""
    async with open_rig(_MEMORIES) as resources:
        with tempfile.TemporaryDirectory() as folder:
            async with (
                open_threads(Path(folder) / "ours.sqlite") as ours_saver,
                open_threads(Path(folder) / "bare.sqlite") as bare_saver,
            ):
                ours = build_turn(resources).compile(checkpointer=ours_saver)
                bare = _bare_builder().compile(checkpointer=bare_saver)
                context = Context(thinking="quick", reminisce_after=0)
                times = await _alternate(
                    lambda text: ours.ainvoke(_said(text), _THREAD, context=context),
                    lambda text: bare.ainvoke(_said(text), _THREAD),
                )
    return _report(*times)


_THREAD: Any = {"configurable": {"thread_id": "bench"}}


def _said(text: str) -> Any:
    return {"messages": [HumanMessage(text)]}


def _bare_builder() -> StateGraph[Any, Any, Any, Any]:
    model = scripted_model()

    async def prepare(state: MessagesState) -> dict[str, Any]:
        return {}

    async def answer(state: MessagesState) -> dict[str, list[AIMessage]]:
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = StateGraph(MessagesState).add_node("prepare", prepare).add_node("answer", answer)
    return builder.add_edge(START, "prepare").add_edge("prepare", "answer").add_edge("answer", END)


async def _alternate(ours: _Turn, bare: _Turn) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(_TURNS + _WARM_UP):
        text = f"Turn {turn}: what became of the blue stone that I lost near Norwood?"
        for arm, take in enumerate((ours, bare)):
            start = time.perf_counter()
            await take(text)
            if turn >= _WARM_UP:
                times[arm].append((time.perf_counter() - start) * 1000)
    return times


def _report(ours: list[float], bare: list[float]) -> Table:
    more = statistics.median(ours) - statistics.median(bare)
    rows = [
        [name, f"{statistics.median(times):.1f} ms", f"{statistics.quantiles(times, n=20)[-1]:.1f} ms"]
        for name, times in (("roleplay (10 nodes, recall, remember)", ours), ("bare (2 nodes)", bare))
    ]
    rows.append(["more at the median", f"{more:.1f} ms", ""])
    return make_table(
        f"Time per turn with an instant model (target: at most {_TARGET} ms more at the median)",
        f"{_TURNS} turns of one thread, {_MEMORIES:,} memories on Qdrant Edge, wordllama, SQLite checkpoints, quick",
        ["graph", "median", "p95"],
        rows,
    )
