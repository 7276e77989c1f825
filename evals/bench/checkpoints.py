"""Bytes of checkpoints on SQLite: our DeltaChannel beside LangGraph's plain `add_messages` channel."""

import tempfile
from pathlib import Path

from langchain_core.messages import HumanMessage
from langgraph.channels import BinaryOperatorAggregate
from langgraph.graph.message import add_messages
from rich.table import Table

from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.context import Context
from langgraph_roleplay.evals.bench.rig import open_rig
from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.resources import Resources

__all__ = ["bench_checkpoints"]

_TURNS = (25, 50, 200)
_TARGET = "≤ 10 MB after 200"


async def bench_checkpoints() -> Table:
    """Talk 200 turns through the whole graph, once with each channel, and weigh the file."""
    async with open_rig() as resources:
        ours = await _weigh(resources, plain=False)
        rival = await _weigh(resources, plain=True)
    rows = [[str(turns), _mb(ours[turns]), _mb(rival[turns])] for turns in _TURNS]
    return make_table(
        f"Checkpoint bytes on SQLite (target: {_TARGET})",
        "messages of about 100 and 200 characters, quick, scripted model, every node checkpointed",
        ["turns", "DeltaChannel (ours)", "plain add_messages"],
        rows,
    )


async def _weigh(resources: Resources, *, plain: bool) -> dict[int, int]:
    builder = build_turn(resources)
    if plain:
        builder.channels["messages"] = BinaryOperatorAggregate(list, add_messages)
    weights = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "threads.sqlite"
        async with open_threads(file) as saver:
            graph = builder.compile(checkpointer=saver)
            for turn in range(1, max(_TURNS) + 1):
                text = f"Turn {turn}: " + "tell me what you make of this curious affair, sir. " * 2
                await graph.ainvoke(
                    {"messages": [HumanMessage(text)]},
                    {"configurable": {"thread_id": "bench"}},
                    context=Context(thinking="quick", reminisce_after=0),
                )
                if turn in _TURNS:
                    # What the log still holds belongs to the file, where SQLite moves it in time.
                    await saver.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    weights[turn] = _size(folder)
    return weights


def _size(folder: str) -> int:
    return sum(path.stat().st_size for path in Path(folder).iterdir())


def _mb(size: int) -> str:
    return f"{size / 1e6:.2f} MB"
