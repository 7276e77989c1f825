"""What is due when a bank was opened: deliver what waits, and delete what is too old, once a day."""

import asyncio
import time
from pathlib import Path

from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.keeping.outbox import Outbox
from langgraph_roleplay.memory.keeping.retention import expire_everywhere, parse_age
from langgraph_roleplay.settings import Settings

__all__ = ["do_chores"]

_DAY = 86_400.0


async def do_chores(bank: MemoryBank, *, outbox: Outbox | None, settings: Settings) -> None:
    """Deliver the outbox, then apply `memory_keep` unless that was done within a day, by whichever process.

    Raises:
        MemoryUnavailable: the home fails.
        OSError: `home` can't be written.
    """
    if outbox is not None:
        await outbox.deliver(bank)
    stamp = settings.home / "memory-kept"
    if not settings.memory_keep:
        return
    if await asyncio.to_thread(_due, stamp):
        await expire_everywhere(bank, age=parse_age(settings.memory_keep), outbox=outbox)
        await asyncio.to_thread(stamp.touch, mode=0o600)


def _due(stamp: Path) -> bool:
    return not stamp.exists() or time.time() - stamp.stat().st_mtime > _DAY
