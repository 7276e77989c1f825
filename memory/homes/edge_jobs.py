"""What an owner does in the background, a slice at a time, so that nobody waits for it long."""

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from langgraph_roleplay.errors import MemoryUnavailable

__all__ = ["Job", "Jobs"]

Job = Callable[[], Iterator[None]]
"""Starts a job: each step of the iterator is one slice; closing it early undoes what it left half done."""


class _Waiting(NamedTuple):
    ticket: str
    name: str
    job: Job


class Jobs:
    """One after another."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._running: tuple[str, Iterator[None]] | None = None
        self._failed: dict[str, str] = {}
        self._done: set[str] = set()

    def ask(self, name: str, job: Job) -> str:
        """Have a job done that starts after this; returns its ticket. One that still waits serves all who ask."""
        for one in self._waiting:
            if one.name == name:
                return one.ticket
        self._waiting.append(_Waiting(secrets.token_hex(8), name, job))
        return self._waiting[-1].ticket

    def waits(self, name: str) -> bool:
        """Whether a job of this name has yet to start."""
        return any(one.name == name for one in self._waiting)

    @property
    def current(self) -> str | None:
        """Ticket of what is going on or comes next."""
        if self._running is not None:
            return self._running[0]
        return self._waiting[0].ticket if self._waiting else None

    def is_over(self, ticket: str) -> bool:
        """Whether the job is done; one that nobody here knows is (of an owner before us).

        Raises:
            MemoryUnavailable: it failed.
        """
        if ticket in self._failed:
            raise MemoryUnavailable(self._failed[ticket])
        running = self._running is not None and self._running[0] == ticket
        return not running and all(one.ticket != ticket for one in self._waiting)

    def succeeded(self, ticket: str) -> bool:
        """Whether it was done here, and not lost with an owner before us."""
        return ticket in self._done

    def step(self) -> bool:
        """Do one slice; False if there is nothing to do. What a slice raises fails its job, and passes through."""
        if self._running is None:
            if not self._waiting:
                return False
            one = self._waiting.popleft()
            self._running = (one.ticket, one.job())
        ticket, slices = self._running
        try:
            next(slices)
        except StopIteration:
            self._running = None
            self._done.add(ticket)
        except BaseException as error:
            self._running = None
            self._failed[ticket] = " ".join(str(error).split())[:300]
            raise
        return True

    def close(self) -> None:
        """Break off what is going on, and forget what waits."""
        if self._running is not None:
            close = getattr(self._running[1], "close", None)
            if close is not None:
                close()
        self._running = None
        self._waiting.clear()
