"""Leaks: ten characters and secrets told to some of them; nobody recalls, counts or fetches what it may not know."""

import random
from itertools import product

from langgraph_roleplay.memory import Memory, MemoryBank, Scope
from langgraph_roleplay.models import ScriptedEmbeddings

__all__ = ["TRIALS", "told_to_some", "try_leaks"]

_CAST = tuple(f"character-{number}" for number in range(10))
_USERS = ("anna", "bob")
_SEED = 7


def told_to_some(count: int) -> list[Memory]:
    """Secrets, each known to some of the cast of one of two users."""
    chance = random.Random(_SEED)
    secrets = []
    for number in range(count):
        knowers = chance.sample(_CAST, chance.randint(1, 9))
        secrets.append(
            Memory(
                text=f"The secret of the letter is number {number}.",
                speaker=knowers[0],
                character=knowers[0],
                user=chance.choice(_USERS),
                thread=f"t{number % 3}",
                observers=tuple(knowers),
                secrecy=chance.choice(("open", "secret")),
            )
        )
    return secrets


async def try_leaks(count: int = 300) -> dict[str, int]:
    """Ask as everybody, alone and before every other listener.

    Args:
        count: how many secrets.

    Returns:
        Recalls made, memories recalled, and how many of those were leaks.
    """
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    await bank.remember(told_to_some(count))
    found = {"recalls": 0, "recalled": 0, "leaks": 0}
    for user, character, listener in product(_USERS, _CAST, _CAST):
        scope = Scope(character=character, user=user, audience=(listener,))
        hits = await bank.recall("the secret of the letter", scope=scope, k=50)
        found["recalls"] += 1
        found["recalled"] += len(hits)
        found["leaks"] += sum(_is_leak(hit.memory, scope, listener) for hit in hits)
    await bank.close()
    return found


def _is_leak(memory: Memory, scope: Scope, listener: str) -> bool:
    knows = memory.observers or ()
    if memory.user != scope.user or scope.character not in knows:
        return True
    return memory.secrecy == "secret" and listener not in knows


TRIALS = {"leaks": try_leaks}
