"""A thread's turns, one after the other, each in a task of its own that ends whether or not its reader does."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary, WeakValueDictionary

from langgraph_roleplay.errors import RoleplayError

__all__ = ["Thread", "find_thread"]

_PATIENCE = 60.0
"""Seconds for which a turn waits until its reader has taken a part; then it goes on to its end without waiting."""
_END = object()
_Key: TypeAlias = tuple[int, str, str]
_turns: set[asyncio.Task[None]] = set()
"""Those that run: an event loop holds its tasks only weakly, and a reader may be gone before its turn."""
_within: ContextVar[tuple[object, ...]] = ContextVar("turns that the code runs within", default=())


@dataclass(eq=False)
class Thread:
    """One thread of one saver."""

    name: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    turn: object = None
    """Stands for the turn that holds the lock."""

    async def take_turn(
        self, stream: AsyncGenerator[Any], *, broken_off: Callable[[], Awaitable[object]]
    ) -> AsyncGenerator[Any]:
        """The parts of `stream`, once the turns before it are over.

        Who closes this before its end cancels the turn, which then does `broken_off` before the next one may begin.
        A reader that neither goes on nor closes is waited for no longer than a minute. One that is cancelled again
        while it waits for `broken_off` leaves at once; the turn does it all the same.

        Raises:
            RoleplayError: this is asked within a turn of the same thread, which would wait for itself.
        """
        if self.turn is not None and self.turn in _within.get():
            raise RoleplayError(
                f"Thread {self.name!r} is asked for a turn within its own turn, which would wait for itself for ever: "
                "give the inner one a thread_id of its own."
            )
        parts: asyncio.Queue[Any] = asyncio.Queue()
        turn = asyncio.create_task(self._run(stream, parts, broken_off))
        _turns.add(turn)
        turn.add_done_callback(_turns.discard)
        turn.add_done_callback(lambda _: parts.put_nowait(_END))
        try:
            while (part := await parts.get()) is not _END:
                yield part
                parts.task_done()
            await turn
        finally:
            turn.cancel()
            await asyncio.wait([turn])  # unlike `gather` it doesn't hand a second cancellation on (anyio sends many)

    async def _run(
        self, stream: AsyncGenerator[Any], parts: asyncio.Queue[Any], broken_off: Callable[[], Awaitable[object]]
    ) -> None:
        async with self.lock:
            self.turn = object()
            _within.set((*_within.get(), self.turn))
            try:
                await _hand_over(stream, parts)
            except asyncio.CancelledError:
                await broken_off()
                raise
            finally:
                self.turn = None


async def _hand_over(stream: AsyncGenerator[Any], parts: asyncio.Queue[Any]) -> None:
    """Each part is waited for, so that a turn is not far ahead of what its reader has seen of it when that leaves."""
    patience = _PATIENCE
    async with aclosing(stream):
        async for part in stream:
            parts.put_nowait(part)
            try:
                async with asyncio.timeout(patience):
                    await parts.join()
            except TimeoutError:
                patience = 0.0


_Threads: TypeAlias = WeakValueDictionary[_Key, Thread]
_threads: WeakKeyDictionary[asyncio.AbstractEventLoop, _Threads] = WeakKeyDictionary()


def find_thread(saver: object, thread_id: str, namespace: str) -> Thread:
    """The thread of this id in `saver`, the same for all who ask for it in this event loop."""
    threads = _threads.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
    return threads.setdefault((id(saver), thread_id, namespace), Thread(thread_id))
