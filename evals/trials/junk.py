"""Trial: a model that misbehaves on purpose distils a long talk; nothing of its junk is recalled."""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.evals.trials.junk_model import Misbehaving
from langgraph_roleplay.evals.trials.junk_world import Truth, chatter, truths
from langgraph_roleplay.graphs.reminisce import build_reminisce
from langgraph_roleplay.memory import Memory, MemoryBank, Scope, Selection
from langgraph_roleplay.models import ScriptedChatModel, load_embeddings
from langgraph_roleplay.nodes._reminiscence import ReminiscenceInput
from langgraph_roleplay.resources import Resources

__all__ = ["TRIALS", "misbehave", "try_junk"]

_USER, _CHARACTER = "anna", "holmes"
_SCOPE = Scope(user=_USER, character=_CHARACTER)
_BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)
_EVERY = 10
"""Turns between two runs."""
_SHARE = 0.4
"""Of the user's lines, those that hold something worth knowing."""
_ECHOED = 0.3
"""Of the character's lines, those that repeat what was known."""


async def misbehave(bank: MemoryBank, *, turns: int, seed: int = 0) -> Mapping[str, Any]:
    """Talk for so many turns, distil every ten, and count what got in.

    Returns:
        Counts: `junk` and `junk_recalled` (memories that say what nobody said), `duplicates` and their share,
        `coverage` (the share of what was said that is kept), and what the gate refused, by rule.
    """
    chance = random.Random(seed)
    told = {truth.said: truth for truth in islice(truths(chance), int(turns * _SHARE))}
    model = Misbehaving(told, chance=chance)
    resources = Resources(model=ScriptedChatModel([model], loop=True), memory=bank)
    drawing = build_reminisce(resources, pauses=()).compile()
    refused: Counter[str] = Counter()
    lines = _talk(list(told.values()), turns, chance)
    for start in range(0, turns, _EVERY):
        await bank.remember([line for pair in islice(lines, min(_EVERY, turns - start)) for line in pair])
        whose: ReminiscenceInput = {"user": _USER, "character": _CHARACTER}
        done = await drawing.ainvoke(whose, context=Context(max_turn_tokens=10**9))
        if done["failure"]:
            raise RoleplayError(f"distilling failed after {start} turns: {done['failure']}")
        refused.update(done["refused"])
    return await _judge(bank, told) | {"turns": turns, "faults": model.faults, "refused": dict(refused.most_common())}


def _talk(told: list[Truth], turns: int, chance: random.Random) -> Iterator[tuple[Memory, Memory]]:
    """What is said, turn by turn: truths and chatter, and a character that repeats what it was told."""
    places = set(chance.sample(range(turns), len(told)))
    coming = iter(told)
    known: list[Memory] = []
    for turn in range(turns):
        truth = next(coming) if turn in places else None
        user = _line("h", turn, truth.said if truth else chatter(chance))
        echoed = chance.choice(known) if known and chance.random() < _ECHOED else None
        reply = f"As you told me: {echoed.text}" if echoed else f"I see, and that is matter number {turn}."
        yield user, _line("a", turn, reply, recalled=[echoed.id] if echoed else [])
        known += [user] if truth else []


def _line(role: str, turn: int, text: str, *, recalled: list[str] | None = None) -> Memory:
    return Memory(
        text=text,
        speaker="Anna" if role == "h" else "Holmes",
        thread="trial",
        turn=turn,
        key=f"{role}{turn}",
        at=_BEGAN + timedelta(minutes=turn),
        metadata={"recalled": list(recalled)} if recalled else {},
        user=_USER,
        character=_CHARACTER,
    )


async def _judge(bank: MemoryBank, told: Mapping[str, Truth]) -> dict[str, Any]:
    right = {wording: said for said, truth in told.items() for wording in truth.wordings}
    kept = [
        memory async for memory in bank.browse(Selection(user=_USER, character=_CHARACTER)) if _is_distilled(memory)
    ]
    known = Counter(right[memory.text] for memory in kept if memory.text in right)
    junk = [memory.text for memory in kept if memory.text not in right]
    recalled = {
        hit.memory.text
        for truth in told.values()
        for hit in await bank.recall(truth.wordings[0], scope=_SCOPE, k=8)
        if _is_distilled(hit.memory)
    }
    duplicates = known.total() - len(known)
    return {
        "kept": len(kept),
        "junk": len(junk),
        "junk_recalled": len(recalled - set(right)),
        "duplicates": duplicates,
        "duplicate_share": round(duplicates / len(kept), 4) if kept else 0.0,
        "coverage": round(len(known) / len(told), 4),
        "examples": junk[:5] + [memory.text for memory in kept if known[right.get(memory.text, "")] > 1][:5],
    }


def _is_distilled(memory: Memory) -> bool:
    return memory.kind in ("fact", "reflection", "summary")


async def try_junk(turns: int = 1000) -> Mapping[str, Any]:
    """All of it, on Qdrant Edge with the embedded embeddings."""
    with tempfile.TemporaryDirectory() as folder:
        bank = await MemoryBank.open(Path(folder) / "memory", embeddings=load_embeddings("embedded:wordllama"))
        try:
            return await misbehave(bank, turns=turns)
        finally:
            await bank.close()


TRIALS = {"junk": try_junk}
