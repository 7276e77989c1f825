"""What was indexed long ago and is not wanted here goes; an installation that still wants it indexes it anew."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.memory.filters import among, older
from langgraph_roleplay.memory.selecting import pages

__all__ = ["drop_old", "missing"]

_KEPT = timedelta(weeks=6)
_ANY = ["user"]  # of the payload something must be asked for
_ASKED = 1_000


async def missing(bank: MemoryBank, tenant: str, ids: Collection[str]) -> list[str]:
    """Those of `ids` that a tenant doesn't have."""
    wanted, there = list(dict.fromkeys(ids)), set[str]()
    for start in range(0, len(wanted), _ASKED):
        where = among(tenant, wanted[start : start + _ASKED])
        there.update([hit.id async for hits in pages(bank.home, where, fields=_ANY) for hit in hits])
    return [known for known in wanted if known not in there]


async def drop_old(bank: MemoryBank, tenant: str, *, but: Collection[str]) -> None:
    """Forget what a tenant has had for more than six weeks, but for these ids."""
    where = older(tenant, datetime.now(UTC) - _KEPT)
    old = {hit.id async for hits in pages(bank.home, where, fields=_ANY) for hit in hits}
    if gone := sorted(old.difference(but)):
        await bank.forget(user=tenant, ids=gone)
