"""The owner of an Edge folder is killed at random moments, while one conversation writes or while many talk.

Promised for a killed process: what was acknowledged is there, and nothing is recalled that was not written whole.
For a power cut the same, as far as the disk keeps what it says it has written (each write syncs the log); that can't
be tried here.
"""

import asyncio
import os
import random
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langchain_core.embeddings import DeterministicFakeEmbedding

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Memory, MemoryBank, Scope, Selection

__all__ = ["TRIALS", "try_conversations", "try_killing"]

_SCOPE = Scope(character="holmes", user="anna", thread="t1")
_BATCH = 20


async def try_killing(kills: int = 100) -> Mapping[str, Any]:
    """Write batches of twenty without a pause while the owner is killed again and again.

    Args:
        kills: how often.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "memory"
        bank = await _open(folder)
        killing = asyncio.create_task(_kill(folder, kills))
        acknowledged, refused = set[str](), 0
        while not killing.done():
            batch = [_memory(len(acknowledged) + place) for place in range(_BATCH)]
            try:
                acknowledged.update(await bank.remember(batch))
            except MemoryUnavailable:  # owners were killed at it twice in a row: said, not lost
                refused += 1
        found = {known.id: known.text async for known in bank.browse(Selection(user="anna"))}
        # What wasn't acknowledged may be there, but whole, and as it was sent.
        damaged = [text for text in found.values() if not text.startswith("Memory ") or not text.endswith(" whole")]
        recalled = await bank.recall("Memory 1 whole", scope=_SCOPE, k=20)
        await bank.close()
    return {
        "kills": await killing,
        "acknowledged": len(acknowledged),
        "acknowledged_and_lost": len(acknowledged - found.keys()),
        "half_written": len(damaged),
        "recalled_after_all": len(recalled),
        "refused_with_an_error": refused,
    }


async def try_conversations(conversations: int = 32, *, turns: int = 10) -> Mapping[str, Any]:
    """Many conversations share a folder through eight connections; the owner is killed once in mid-turn.

    Args:
        conversations: how many, each of another user.
        turns: of each.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "memory"
        banks = [await _open(folder) for _ in range(8)]
        outcome: Counter[str] = Counter(errors=0, cross_talk=0, lost=0)
        talks = [_talk(banks[number % 8], number, turns, outcome) for number in range(conversations)]
        await asyncio.gather(*talks, _kill(folder, 1))
        for bank in banks:
            await bank.close()
    return {"conversations": conversations, "turns": conversations * turns, **outcome}


async def _talk(bank: MemoryBank, number: int, turns: int, outcome: Counter[str]) -> None:
    scope = _SCOPE.model_copy(update={"user": f"user-{number}"})
    for turn in range(turns):
        try:
            await bank.remember([_memory(turn, user=scope.user)])
            hits = await bank.recall("Memory whole", scope=scope, k=100)
        except MemoryUnavailable:
            outcome["errors"] += 1
            continue
        outcome["cross_talk"] += sum(hit.memory.user != scope.user for hit in hits)
    outcome["lost"] += turns - await bank.count(scope)


async def _open(folder: Path) -> MemoryBank:
    return await MemoryBank.open(folder, embeddings=DeterministicFakeEmbedding(size=64))


def _memory(number: int, *, user: str = "anna") -> Memory:
    text = f"Memory {number} of the bench, and it is whole"
    return Memory(text=text, speaker=user, character="holmes", user=user, thread="t1", message_id=f"m{number}")


async def _kill(folder: Path, times: int) -> int:
    """Kill the folder's owner at random moments; returns how often there was one."""
    killed, chance = 0, random.Random(0)
    while killed < times:
        await asyncio.sleep(chance.uniform(0.01, 0.3))
        command = ["pgrep", "-f", f"edge_owner.py {folder} "]
        listed = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        for process in listed.stdout.split()[:1]:
            try:
                os.kill(int(process), signal.SIGKILL)
            except ProcessLookupError:
                continue
            killed += 1
    return killed


TRIALS = {"killing": try_killing, "conversations": try_conversations}
