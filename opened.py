"""Something that is opened at first use, once, and not tried again at every turn while it fails."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.models import raise_if_blocking

__all__ = ["Opened"]

_T = TypeVar("_T")
_Result = TypeVar("_Result")
_RETRY_AFTER = 30.0
"""Seconds before what could not be opened is tried again: a turn must not wait for it each time."""
_LOOK_AGAIN_AFTER = 5.0
"""Seconds before it is looked again whether what was not there is there now."""


class Opened(Generic[_T]):
    """What is opened at first use; it belongs to one event loop.

    Args:
        opening: opens it.
        faults: types of errors that mean it can't be opened now.
        there: whether it is there to be opened.
    """

    def __init__(
        self,
        opening: Callable[[], Awaitable[_T]],
        *,
        faults: Callable[[], tuple[type[BaseException], ...]],
        there: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._opening = opening
        self._faults = faults
        self._there = there
        self._lock = asyncio.Lock()
        self._error: MemoryUnavailable | None = None
        self._failed = self._looked = -_RETRY_AFTER
        self.value: _T | None = None
        """What was opened; None before."""

    async def get(self) -> _T:
        """It, opened.

        Raises:
            MemoryUnavailable: it can't be opened, or could not a moment ago.
        """
        async with self._lock:
            if self.value is None:
                self.value = await self._tried(self._opening)
        return self.value

    async def exists(self) -> bool:
        """Whether it is there; what was not there is looked for again after a moment.

        Raises:
            MemoryUnavailable: it can't be asked.
        """
        if self.value is not None or self._there is None:
            return True
        if time.monotonic() - self._looked < _LOOK_AGAIN_AFTER:
            return False
        found = await self._tried(self._there)
        self._looked = -_RETRY_AFTER if found else time.monotonic()
        return found

    async def _tried(self, act: Callable[[], Awaitable[_Result]]) -> _Result:
        """Do it, unless it has failed a moment ago."""
        if self._error is not None and time.monotonic() - self._failed < _RETRY_AFTER:
            raise self._error
        try:
            return await act()
        except self._faults() as error:
            raise_if_blocking(error)
            self._error, self._failed = MemoryUnavailable(str(error)), time.monotonic()
            raise self._error from error
