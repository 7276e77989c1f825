"""An event loop in a thread of its own, so that the main thread is free for the keyboard and for Ctrl-C."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

__all__ = ["LoopThread"]

_Result = TypeVar("_Result")
_TICK = 0.5
"""Seconds between looks at the clock: on Windows a wait without end can't be interrupted."""


class LoopThread:
    """Runs coroutines while the main thread waits, or doesn't."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="conversation", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(_finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self, work: Coroutine[Any, Any, _Result]) -> Future[_Result]:
        """Run `work` in the background."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Wait for `work`. Ctrl-C cancels it and waits until it has tidied up.

        Raises:
            KeyboardInterrupt: Ctrl-C came meanwhile.
        """
        done = threading.Event()
        task = self.start(_begin(work, done)).result()
        interrupted = False
        while not done.is_set():
            try:
                done.wait(_TICK)
            except KeyboardInterrupt:
                interrupted = True
                self._loop.call_soon_threadsafe(task.cancel)
        if interrupted:
            raise KeyboardInterrupt
        return task.result()


async def _begin(work: Coroutine[Any, Any, _Result], done: threading.Event) -> asyncio.Task[_Result]:
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda _: done.set())
    return task


async def _finish() -> None:
    """End what is still running in the background, as asyncio.run does."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
    await asyncio.get_running_loop().shutdown_default_executor()
