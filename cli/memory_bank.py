"""The memory that the command line works on."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from langgraph_roleplay.errors import MemoryUnavailable, RoleplayError
from langgraph_roleplay.memory import MemoryBank, Selection
from langgraph_roleplay.memory.keeping.looking import Found, browse_found
from langgraph_roleplay.memory.keeping.outbox import Outbox
from langgraph_roleplay.resources import Resources, memory_errors
from langgraph_roleplay.settings import Settings

__all__ = ["OpenMemory", "as_uuid", "find_memory", "open_memory"]


@dataclass(frozen=True)
class OpenMemory:
    """A bank, and what waits for it."""

    bank: MemoryBank
    outbox: Outbox | None
    settings: Settings


@asynccontextmanager
async def open_memory(settings: Settings) -> AsyncIterator[OpenMemory]:
    """Open the memory of the settings, with all in it that was waiting.

    Raises:
        MemoryUnavailable: it can't be opened, or fails while it is used.
    """
    resources = Resources(settings=settings)
    try:
        bank = await resources.memory()
        await resources.chores_done()
        yield OpenMemory(bank=bank, outbox=resources.outbox, settings=settings)
    except RoleplayError:
        raise
    except memory_errors() as error:
        raise MemoryUnavailable(str(error) or type(error).__name__) from error
    finally:
        await resources.aclose()


def as_uuid(text: str) -> str | None:
    """The id of a memory as homes write it; None if it can't be one."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


async def find_memory(bank: MemoryBank, memory_id: str, *, user: str) -> Found:
    """One memory of a user, and what became of it.

    Raises:
        RoleplayError: there is none of that id.
    """
    if (known := as_uuid(memory_id)) is not None:
        async for found in browse_found(bank.home, Selection(user=user, ids=(known,))):
            return found
    raise RoleplayError(
        f"There is no memory {memory_id!r} of {user}; `roleplay memory list` shows the ids, --user says whose they are."
    )
