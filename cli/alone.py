"""One turn of a thread at a time, however many terminals have it open."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import portalocker

from langgraph_roleplay.errors import SettingsError

__all__ = ["alone_in"]

_LOOK_EVERY = 0.2
"""Seconds between looks whether the other process is done: a wait in the lock itself could not be cancelled."""
_BUSY = "Another window is in the middle of a turn of this conversation; yours follows when it is done."


@asynccontextmanager
async def alone_in(thread: str, *, folder: Path, tell: Callable[[str], object]) -> AsyncIterator[None]:
    """Hold `thread` among all processes; a killed one lets go by itself.

    Args:
        thread: the thread's id.
        folder: where the lock files are, one a thread.
        tell: told once if another process holds the thread.

    Raises:
        SettingsError: `folder` can't be written, or has no locks.
    """
    lock = portalocker.Lock(folder / f"{hashlib.sha256(thread.encode()).hexdigest()[:16]}.lock", timeout=0)
    waited = False
    while not await asyncio.to_thread(_taken, lock, folder):
        if not waited:
            waited = True
            tell(_BUSY)
        await asyncio.sleep(_LOOK_EVERY)
    try:
        yield
    finally:
        lock.release()


def _taken(lock: portalocker.Lock, folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except portalocker.AlreadyLocked:
        return False
    except (portalocker.LockException, OSError) as error:
        raise SettingsError(f"Conversations can't be locked in {folder} ({error}).") from error
    return True
