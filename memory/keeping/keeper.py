"""Keep what a turn hands over: in the bank, or in the outbox while the bank is off."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal, NamedTuple

from langgraph_roleplay.errors import MemoryFull, MemoryUnavailable, raise_if_blocking
from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.keeping.letters import Letter
from langgraph_roleplay.memory.keeping.outbox import Outbox

__all__ = ["Keeper", "Kept"]


class Kept(NamedTuple):
    """Where a letter is, and why it is not in the bank."""

    where: Literal["bank", "outbox", "nowhere"]
    reason: str = ""


class Keeper:
    """Hands letters to a bank, in the order of each conversation, and sets aside what it can't take.

    Args:
        bank: gives the open bank.
        outbox: None keeps nothing for later.
        faults: what may be raised when the home or the embedding model fails; nothing else is caught.
    """

    def __init__(
        self,
        *,
        bank: Callable[[], Awaitable[MemoryBank]],
        outbox: Outbox | None,
        faults: Callable[[], tuple[type[BaseException], ...]],
    ) -> None:
        self._bank = bank
        self._outbox = outbox
        self._faults = faults
        self._delivery: asyncio.Task[None] | None = None

    async def keep(self, letter: Letter, *, seconds: float) -> Kept:
        """Write a letter; gives up on the bank after some seconds, and never raises for a memory that is off."""
        try:
            async with asyncio.timeout(seconds):
                bank = await self._bank()
                if self._outbox is not None:
                    # An older letter of this conversation says that an older branch stands, so it must not come later.
                    await self._outbox.deliver(bank, user=letter.scope.user, thread=letter.scope.thread)
                await letter.post(bank)
        except self._faults() as error:
            raise_if_blocking(error)
            reason = str(error) or f"no answer for {seconds:g} s"
            return await self._set_aside(letter, reason, final=isinstance(error, MemoryFull))
        self.deliver_soon(bank)
        return Kept("bank")

    def deliver_soon(self, bank: MemoryBank) -> None:
        """Deliver all that waits, in the background."""
        if self._outbox is not None and (self._delivery is None or self._delivery.done()):
            self._delivery = asyncio.create_task(self._deliver(bank, self._outbox), name="deliver the outbox")

    async def close(self) -> None:
        """Break a delivery off; what it has not delivered waits on."""
        if self._delivery is not None:
            self._delivery.cancel()
            await asyncio.gather(self._delivery, return_exceptions=True)

    async def _deliver(self, bank: MemoryBank, outbox: Outbox) -> None:
        with suppress(*self._faults()):  # the next turn tries again, and says so if its own can't be kept
            await outbox.deliver(bank)

    async def _set_aside(self, letter: Letter, reason: str, *, final: bool) -> Kept:
        if self._outbox is None or final:
            return Kept("nowhere", reason)
        try:
            await self._outbox.put(letter)
        except (MemoryUnavailable, OSError) as error:
            return Kept("nowhere", f"{reason}; nor could it be kept for later: {error}")
        return Kept("outbox", reason)
