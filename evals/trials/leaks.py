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
                turn=number,
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
        Recalls made, memories recalled, and how many leaked: were recalled, came along with a neighbour, were fetched
        by their ids or counted, and may not be known.
    """
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    secrets = told_to_some(count)
    await bank.remember(secrets)
    found = {"recalls": 0, "recalled": 0, "leaks": 0}
    for user, character, listener in product(_USERS, _CAST, _CAST):
        scope = Scope(character=character, user=user, audience=(listener,))
        hits = await bank.recall("the secret of the letter", scope=scope, k=50, around=1)
        fetched = await bank.fetch([secret.id for secret in secrets], scope=scope)
        seen = [*(hit.memory for hit in hits), *(one for hit in hits for one in hit.around), *fetched]
        allowed = sum(not _is_leak(secret, scope, listener) for secret in secrets)
        found["recalls"] += 1
        found["recalled"] += len(hits)
        found["leaks"] += sum(_is_leak(memory, scope, listener) for memory in seen)
        found["leaks"] += abs(await bank.count(scope) - allowed)
    await bank.close()
    return found


def _is_leak(memory: Memory, scope: Scope, listener: str) -> bool:
    knows = memory.observers or ()
    if memory.user != scope.user or scope.character not in knows:
        return True
    return memory.secrecy == "secret" and listener not in knows


TRIALS = {"leaks": try_leaks}
