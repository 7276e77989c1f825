"""What the benches without a real model share: an instant scripted model and a bank of its own."""

import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from langgraph_roleplay.memory import Memory, MemoryBank
from langgraph_roleplay.models import ScriptedChatModel, load_embeddings
from langgraph_roleplay.resources import Resources

__all__ = ["open_rig", "scripted_model"]

_WORDS = [
    "mud",
    "boots",
    "river",
    "boat",
    "supper",
    "lamp",
    "violin",
    "fog",
    "street",
    "letter",
    "window",
    "garden",
    "doctor",
    "train",
    "ashes",
    "clue",
]
_CHARACTER, _USER = "sherlock-holmes", "Visitor"


def scripted_model() -> ScriptedChatModel:
    """A model that answers at once, never twice the same, or the check on repetition would cut it."""
    chance = random.Random(0)
    return ScriptedChatModel([lambda _: _reply(chance)], loop=True)


def _reply(chance: random.Random) -> str:
    sentences = (" ".join(chance.choices(_WORDS, k=11)).capitalize() for _ in range(3))
    return " ".join(f"{sentence}." for sentence in sentences)


@asynccontextmanager
async def open_rig(memories: int = 0) -> AsyncIterator[Resources]:
    """Resources on a fresh Qdrant Edge folder that holds `memories` earlier turns of the bench's user."""
    with tempfile.TemporaryDirectory() as folder:
        bank = await MemoryBank.open(Path(folder) / "memory", embeddings=load_embeddings("embedded:wordllama"))
        try:
            await bank.remember([_memory(number) for number in range(memories)])
            yield Resources(model=scripted_model(), memory=bank)
        finally:
            await bank.close()


def _memory(number: int) -> Memory:
    places = ("Dartmoor", "the docks", "Norwood", "Camden House", "the Strand", "Baker Street", "Woking")
    things = ("a letter", "a blue stone", "an orange pip", "a broken violin", "a dog whip", "a crown")
    text = f"In the {number}th week I lost {things[number % 6]} near {places[number % 7]} and told nobody."
    return Memory(
        text=text, kind="turn", speaker=_USER, character=_CHARACTER, user=_USER, thread="earlier", turn=number
    )
