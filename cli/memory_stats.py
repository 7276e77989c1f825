"""`roleplay memory stats` and `keep`: how much there is, what waits, what was refused, and what is too old."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from langgraph_roleplay.cli.counts import counted, memories
from langgraph_roleplay.cli.harmless import print_json, visible
from langgraph_roleplay.cli.memory_bank import OpenMemory, open_memory
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.memory import Memory, Selection
from langgraph_roleplay.memory.distilling.ledger import LEDGER, Ledger
from langgraph_roleplay.memory.distilling.quarantine import QUARANTINE
from langgraph_roleplay.memory.home import SCHEMA_VERSION
from langgraph_roleplay.memory.keeping.retention import expire, expire_everywhere, parse_age
from langgraph_roleplay.settings import Settings

__all__ = ["keep_younger", "print_stats"]

_NO_MEMORY = (LEDGER, QUARANTINE)
"""Kinds that are records about memories and never recalled."""


@dataclass
class Stats:
    """What there is of one user."""

    user: str
    home: str
    embedding: str
    limits: dict[str, int]
    schema: int = SCHEMA_VERSION
    memories: int = 0
    bytes: int = 0
    """Of texts and fields, without vectors."""
    kinds: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    threads: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    """What was refused, by the rule that refused it."""
    distilling: dict[str, Any] = field(default_factory=dict)
    """What distilling has done, by character."""
    outbox: dict[str, int] = field(default_factory=dict)

    def add(self, memory: Memory) -> None:
        """Count one more."""
        self.memories += 1
        self.bytes += len(memory.model_dump_json().encode())
        self.kinds[memory.kind] += 1
        if memory.kind == QUARANTINE:
            self.quarantined[str(memory.metadata.get("rule", "unknown"))] += 1
        if memory.kind == LEDGER:
            self.distilling[memory.character] = memory.metadata
        if memory.kind not in _NO_MEMORY:
            self.characters[memory.character] += 1
            self.threads[memory.thread] += 1


async def print_stats(user: str, *, settings: Settings, as_json: bool) -> None:
    """Print how much there is of a user, and how the memory is.

    Raises:
        RoleplayError: it can't be opened.
    """
    async with open_memory(settings) as memory:
        stats = await _count(memory, user)
    if as_json:
        print_json(vars(stats))
        return
    console = Console(highlight=False, emoji=False)
    for title, line in _lines(stats):
        console.print(Text.assemble((f"{title:<12}", "bold"), visible(line)), soft_wrap=True)


async def _count(memory: OpenMemory, user: str) -> Stats:
    settings = memory.settings
    stats = Stats(
        user=user,
        home=settings.memory,
        embedding=str(memory.bank.home.fingerprint),
        limits={"memories": settings.memory_limit, "bytes": settings.memory_limit_mb * 10**6},
    )
    async for each in memory.bank.browse(Selection(user=user)):
        stats.add(each)
    stats.outbox = (await memory.outbox.holdings())._asdict() if memory.outbox else {}
    return stats


def _lines(stats: Stats) -> Iterator[tuple[str, str]]:
    yield "home", f"{stats.home}, schema {stats.schema}, embedding {stats.embedding}"
    yield "user", stats.user
    yield "memories", f"{stats.memories} of {stats.limits['memories']}"
    yield "size", f"{stats.bytes / 1e6:.1f} of {stats.limits['bytes'] // 10**6} MB, vectors apart"
    for title, counts in (
        ("kinds", stats.kinds),
        ("characters", stats.characters),
        ("threads", stats.threads),
        ("quarantine", stats.quarantined),
    ):
        yield title, ", ".join(f"{name} {count}" for name, count in counts.most_common(12)) or "none"
    for character, ledger in sorted(stats.distilling.items()):
        yield "distilling", f"{character}: {_runs(Ledger.model_validate(ledger))}"
    if stats.outbox:
        yield "outbox", ", ".join(f"{name} {count}" for name, count in stats.outbox.items())


def _runs(ledger: Ledger) -> str:
    last = f"{ledger.last_run.astimezone():%Y-%m-%d %H:%M}" if ledger.last_run else "never"
    counts = (("kept", ledger.kept), ("refused", ledger.refused))
    told = [
        f"{title} {', '.join(f'{name} {count}' for name, count in found.items())}" for title, found in counts if found
    ]
    failed = f"{ledger.failures} failed" + (f", the last: {ledger.reason}" if ledger.reason else "")
    return "; ".join(
        [f"{counted(ledger.runs, 'run', 'runs')}, the last {last}, {failed}", *told, f"{ledger.tokens} tokens"]
    )


async def keep_younger(
    age: str, *, user: str | None, settings: Settings, dry_run: bool, agree: Callable[[str], bool]
) -> list[str]:
    """Delete what is older than `age`; returns what to tell.

    Raises:
        RoleplayError: the age makes no sense, or the memory fails.
    """
    try:
        most = parse_age(age)
    except ValueError as error:
        raise RoleplayError(f"{error}.") from error
    async with open_memory(settings) as memory:
        old = await expire(memory.bank.home, age=most, user=user, dry_run=True)
        what = f"{memories(old.memories)} of {counted(old.users, 'user', 'users') if user is None else user}"
        if dry_run or not old.memories:
            return [f"Older than {age}, or resting on nothing younger: {what}."]
        if not agree(f"{what} will be gone for good."):
            return ["Nothing was deleted."]
        done = await expire_everywhere(memory.bank, age=most, outbox=memory.outbox, user=user)
    kept = "Conversations are kept: `roleplay memory forget --thread` deletes one."
    return [line for line in (f"Deleted {memories(done.memories)}.", done.remains, kept) if line]
