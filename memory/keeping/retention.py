"""Retention: what is older than an age is deleted, and what rested on nothing else.

A memory's age is counted from when it was said. A fact, reflection or summary that is younger stays while one of the
memories that it rests on stays; when the last is deleted it goes with it, because it would only say in other words
what was to be deleted. What never cited anything is judged by its own age alone.
"""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from qdrant_client import models

from langgraph_roleplay.memory import filters
from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.home import Hit, Home
from langgraph_roleplay.memory.keeping.outbox import Outbox
from langgraph_roleplay.memory.selecting import pages
from langgraph_roleplay.settings import AGES

__all__ = ["AGE", "Expired", "expire", "expire_everywhere", "parse_age"]

AGE = r"^([1-9]\d{0,4})([dwy])$"
"""How an age is written: `90d`, `12w`, `2y`."""
_DAYS = {"d": 1, "w": 7, "y": 365}
_CHUNK = 500  # ids in one filter


class Expired(NamedTuple):
    """What became of what was too old."""

    memories: int
    users: int
    remains: str
    """What of the raw bytes can't be promised to be gone; empty if nothing is left."""


def parse_age(text: str) -> timedelta:
    """The age that `90d`, `12w` or `2y` means.

    Raises:
        ValueError: it is none of these.
    """
    found = re.match(AGE, text)
    if found is None:
        raise ValueError(f"{text!r} is no age: write {AGES}")
    return timedelta(days=int(found[1]) * _DAYS[found[2]])


async def expire(
    home: Home, *, age: timedelta, user: str | None = None, dry_run: bool = False, now: datetime | None = None
) -> Expired:
    """Delete what is older than `age`, of one user or of every user, and purge.

    Args:
        home: where.
        age: what is older goes.
        user: None for every user: one who has left for good is the one whom nobody else will clean up after.
        dry_run: only count.
        now: default: this moment.

    Raises:
        MemoryUnavailable: the home fails; what is deleted by then stays deleted.
    """
    before = (now or datetime.now(UTC)) - age
    memories = 0
    users = [user] if user is not None else await _users_with_older(home, before)
    for each in users:
        doomed = await _doomed(home, each, before)
        memories += len(doomed)
        for ids in _chunks([] if dry_run else doomed):
            await home.delete(filters.among(each, ids))
    remains = await home.purge() if memories and not dry_run else ""
    return Expired(memories, len(users), remains)


async def expire_everywhere(
    bank: MemoryBank, *, age: timedelta, outbox: Outbox | None, user: str | None = None
) -> Expired:
    """Delete what is older than `age` from the outbox too.

    Raises:
        MemoryUnavailable: the home fails.
        OSError: the outbox can't be written.
    """
    if outbox is not None:
        await outbox.expire(datetime.now(UTC) - age, user=user)
    return await expire(bank.home, age=age, user=user)


async def _users_with_older(home: Home, before: datetime) -> list[str]:
    # The one filter without a user: it finds out whose memories are to be deleted, and shows nothing of them.
    older = models.Filter(must=[models.FieldCondition(key="at", range=models.DatetimeRange(lt=before))])
    return sorted({hit.payload["user"] async for hits in pages(home, older, fields=["user"]) for hit in hits})


async def _doomed(home: Home, user: str, before: datetime) -> list[str]:
    found = {hit.id: None async for hits in pages(home, filters.older(user, before), fields=["user"]) for hit in hits}
    fresh = list(found)
    while fresh:
        resting = [hit async for hit in _resting(home, user, fresh) if hit.id not in found]
        fresh = [hit.id for hit in resting if not await _rests_on_more(home, user, hit, found)]
        found |= dict.fromkeys(fresh)
    return list(found)


async def _resting(home: Home, user: str, ids: Sequence[str]) -> AsyncIterator[Hit]:
    for chunk in _chunks(ids):
        async for hits in pages(home, filters.resting_on(user, chunk), fields=["evidence"]):
            for hit in hits:
                yield hit


async def _rests_on_more(home: Home, user: str, hit: Hit, doomed: dict[str, None]) -> bool:
    """Whether something stays that it rests on; other evidence may have been deleted long ago."""
    others = [known for known in hit.payload["evidence"] if known not in doomed]
    return bool(others) and await home.count(filters.among(user, others)) > 0


def _chunks(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]
