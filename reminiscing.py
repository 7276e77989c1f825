"""Distilling beside the turns of one event loop: looked after when a turn has ended, done when it is quiet.

What decides is what the bank says (how much is not distilled yet), not a counter here. So a process that leaves
before its time loses nothing, the next one takes up where it was. Nor does a failure stay unheard: it is kept in the
ledger, and every turn's events say so until a run has come to its end.
"""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank, Selection
from langgraph_roleplay.memory.distilling.ledger import Ledger, read_ledger
from langgraph_roleplay.memory.distilling.reading_back import count_pending, list_pending
from langgraph_roleplay.models import LadderMemory

__all__ = ["Errand", "Pace", "Reminiscing", "Standing"]

_logger = logging.getLogger(__name__)
_LINES_OF_A_TURN = 2
_MOST_PATIENCE = 3
"""After failures in a row a run waits for two, four, at most eight times as much that is new."""


@dataclass(frozen=True)
class Pace:
    """Seconds."""

    look: float = 0.5
    """After a turn, before the bank is asked: not while the turn is still being written down."""
    quiet: float = 4.0
    """Without a turn, before a run begins; a run that is overdue does not wait."""
    longest: float = 60.0
    """For which turns may put a run off."""
    grace: float = 2.0
    """That a run gets to end when the process closes."""


@dataclass(frozen=True)
class Errand:
    """Whose turns are to be distilled, when and how."""

    user: str
    character: str
    after: int
    """Turns of ordinary importance after which a run is due; 0 for never."""
    bank: Callable[[], Awaitable[MemoryBank]]
    run: Callable[[], Awaitable[str]] | None
    """Distils, and gives why it failed or nothing; None where others do it (a cron on a server)."""

    @property
    def key(self) -> tuple[str, str]:
        """User and character."""
        return self.user, self.character


@dataclass(frozen=True)
class Standing:
    """How things stand with distilling."""

    waiting: int
    """Lines."""
    weight: float
    """Their importance, in turns of ordinary importance."""
    ledger: Ledger

    def due(self, after: int) -> bool:
        """Whether there is enough for a run."""
        return self.weight >= after << min(self.ledger.in_a_row, _MOST_PATIENCE)

    def trouble(self, errand: Errand) -> str:
        """What a turn's events should say; empty if all is well."""
        if self.ledger.in_a_row and self.ledger.last_failure:
            times = f"{self.ledger.in_a_row} times in a row, " if self.ledger.in_a_row > 1 else ""
            return (
                f"distilling failed, {times}last at {_minute(self.ledger.last_failure)}: {self.ledger.reason}; "
                f"{self.waiting} lines wait"
            )
        if errand.run is None and self.weight >= 2 * errand.after:
            last = f"last ran at {_minute(self.ledger.last_run)}" if self.ledger.last_run else "has never run"
            return f"{self.waiting} lines wait to be distilled: the graph `reminisce` {last}, give it a cron"
        return ""


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


@dataclass
class _Job:
    task: asyncio.Task[None] | None = None
    began: float = 0.0
    nudged: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a turn has ended."""
    running: bool = False


@dataclass
class Reminiscing:
    """The background work of one event loop: at most one job for a user and a character."""

    pace: Pace = field(default_factory=Pace)
    ladder: LadderMemory = field(default_factory=LadderMemory)
    """How models answer here; apart from the turn's, which asks for simpler forms."""
    _jobs: dict[tuple[str, str], _Job] = field(default_factory=dict)
    _troubles: dict[tuple[str, str], str] = field(default_factory=dict)

    def trouble(self, user: str, character: str) -> str:
        """What was wrong when it was last looked at; empty if nothing was."""
        return self._troubles.get((user, character), "")

    def nudge(self, errand: Errand) -> None:
        """A turn has ended: look, soon, whether a run is due. Returns at once."""
        if not errand.after:
            return
        job, now = self._jobs.setdefault(errand.key, _Job()), asyncio.get_running_loop().time()
        job.nudged.set()
        if job.task is not None and not job.task.done():
            return
        job.began, job.running = now, False
        # A context of its own: it is no part of the turn's run, its stream or its trace.
        attending = self._attend(errand, job)
        job.task = asyncio.create_task(attending, name=f"reminisce {errand.key}", context=contextvars.Context())
        job.task.add_done_callback(lambda task: self._report(errand, task))

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while tasks := [job.task for job in self._jobs.values() if job.task and not job.task.done()]:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Break off what waits, and what is under way after a short grace; the turns stay undistilled."""
        tasks = {job.task: job.running for job in self._jobs.values() if job.task and not job.task.done()}
        running = [task for task, is_running in tasks.items() if is_running]
        if running:
            await asyncio.wait(running, timeout=self.pace.grace)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._jobs.clear()

    async def _attend(self, errand: Errand, job: _Job) -> None:
        await asyncio.sleep(self.pace.look)
        standing = await self._look(errand)
        if errand.run is None or not standing.due(errand.after):
            return
        if not standing.due(2 * errand.after):
            await self._quiet(job)
        job.running = True
        failure = await errand.run()
        if failure:
            self._note(errand, f"distilling failed: {failure}")
        await self._look(errand)

    async def _look(self, errand: Errand) -> Standing:
        bank = await errand.bank()
        turns = Selection(user=errand.user, character=errand.character, kind="turn")
        waiting = await count_pending(bank, turns)
        # Only where weighing decides the lines are read: fewer can't weigh enough, more are due whatever they weigh.
        few = errand.after <= waiting < _LINES_OF_A_TURN * errand.after
        weight = sum(line.importance for line in await list_pending(bank, turns)) if few else waiting / _LINES_OF_A_TURN
        ledger = await read_ledger(bank, user=errand.user, character=errand.character)
        standing = Standing(waiting, weight, ledger)
        self._note(errand, standing.trouble(errand))
        return standing

    def _note(self, errand: Errand, trouble: str) -> None:
        self._troubles.pop(errand.key, None)
        if trouble:
            self._troubles[errand.key] = trouble

    async def _quiet(self, job: _Job) -> None:
        """Wait until no turn has ended for a while, or turns have put it off for long enough."""
        last = job.began + self.pace.longest
        with suppress(TimeoutError):
            async with asyncio.timeout_at(last):
                while True:
                    job.nudged.clear()
                    await asyncio.wait_for(job.nudged.wait(), self.pace.quiet)

    def _report(self, errand: Errand, task: asyncio.Task[None]) -> None:
        """Whatever ends a job is said in the next turn; what nobody foresaw stands in the log too."""
        if errand.key in self._jobs and self._jobs[errand.key].task is task:
            del self._jobs[errand.key]  # of everybody who has ever talked here that would be many
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._note(errand, f"distilling failed: {type(error).__name__}: {error}"[:300])
        if not isinstance(error, MemoryUnavailable):
            _logger.error("distilling for %s failed", errand.character, exc_info=error)
