"""What distilling asks of a bank: what is still to be distilled, what is nearest to a text, and safe writing.

Whether something was distilled stands on the memory itself. So the mark follows every branch, is not lost with a
clock or a counter, and a run that breaks off leaves it where it was.
"""

from collections.abc import Sequence

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.home import Hit
from langgraph_roleplay.memory.points import to_memory
from langgraph_roleplay.memory.records import Memory, Selection
from langgraph_roleplay.memory.selecting import holding, pages

__all__ = ["count_pending", "fetch_all", "list_current", "list_pending", "mark_distilled", "settle"]

_FLAGS = ("abandoned", "retracted")


async def count_pending(bank: MemoryBank, selection: Selection) -> int:
    """How many memories of a selection no layer above has been made of."""
    return await bank.home.count(filters.undistilled(selection))


async def list_pending(bank: MemoryBank, selection: Selection) -> list[Memory]:
    """Those memories, thread by thread, in the order in which they were said."""
    return _in_order([hit async for hits in pages(bank.home, filters.undistilled(selection)) for hit in hits])


async def list_current(bank: MemoryBank, selection: Selection) -> list[Memory]:
    """What of a selection holds: neither left with its branch, nor taken back, nor superseded; in the same order."""
    alive = [hit async for hits in pages(bank.home, filters.alive(selection)) for hit in hits]
    return _in_order(await holding(bank.home, selection, alive))


async def fetch_all(bank: MemoryBank, ids: Sequence[str], *, user: str) -> list[Memory]:
    """The memories of a user with these ids, hidden or not, in the given order; others are left out."""
    found = {hit.id: to_memory(hit.id, hit.payload) for hit in await _hits(bank, ids, user=user)}
    return [found[known] for known in ids if known in found]


async def mark_distilled(bank: MemoryBank, ids: Sequence[str], *, user: str) -> None:
    """A layer above has been made of these memories."""
    if ids:
        await bank.home.mark(filters.among(user, ids), {"distilled": 1})


async def settle(bank: MemoryBank, written: Sequence[Memory]) -> None:
    """Let what was just written of one user share the fate of its evidence, which may have changed meanwhile.

    While a model distils, the user goes on: swipes, takes back, forgets. What rests on something forgotten goes too.
    """
    if not written:
        return
    user, cited = written[0].user, sorted({known for memory in written for known in memory.evidence})
    evidence = {hit.id: hit.payload for hit in await _hits(bank, cited, user=user)}
    orphans = [memory.id for memory in written if not evidence.keys() >= set(memory.evidence)]
    if orphans:
        await bank.forget(user=user, ids=orphans)
    for flag in _FLAGS:
        hidden = [
            memory.id for memory in written if any(evidence.get(known, {}).get(flag) for known in memory.evidence)
        ]
        if hidden:
            await bank.home.mark(filters.among(user, hidden), {flag: 1})


async def _hits(bank: MemoryBank, ids: Sequence[str], *, user: str) -> list[Hit]:
    return [hit async for hits in pages(bank.home, filters.among(user, ids)) for hit in hits] if ids else []


def _in_order(hits: Sequence[Hit]) -> list[Memory]:
    found = [to_memory(hit.id, hit.payload) for hit in hits]
    return sorted(found, key=lambda memory: (memory.thread, memory.turn or 0, memory.at, memory.id))
