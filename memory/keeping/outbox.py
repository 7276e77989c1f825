"""The outbox: what a home could not take waits here, on disk, until it can.

One file a letter, written aside and renamed, so that a killed process leaves a whole letter or none, and many
processes can write at once. A lock is held while a letter is delivered or taken out: who forgets must not be undone
by one who has just read the letter. Letters of one conversation are delivered in the order in which they were
written, because each says which branch stood after it.

It is bounded. At the bound a new letter is refused, not an old one dropped: of the old ones it was said that they
are safe.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import portalocker

from langgraph_roleplay.errors import MemoryFull, MemoryUnavailable
from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.keeping.letter_files import Edit, edit_letter, read_letter, without, write_file, younger
from langgraph_roleplay.memory.keeping.letters import Letter
from langgraph_roleplay.memory.records import Selection
from langgraph_roleplay.settings import make_private

__all__ = ["Holdings", "Outbox"]

_LOOK_EVERY = 0.02
_HALF_WRITTEN_FOR = 60.0
"""Seconds after which a letter that was never finished is taken for that of a killed process."""


class Holdings(NamedTuple):
    """What waits in an outbox."""

    letters: int
    memories: int
    elsewhere: int
    """Letters for other homes than the one that is set."""
    unreadable: int
    """Letters that are damaged, or of a newer version."""
    bytes: int


class Outbox:
    """Letters that wait for one home.

    Args:
        folder: where they are kept; made at first need, for this user alone.
        location: of the home, as it was given to `MemoryBank.open`; letters for other homes are left alone.
        most_letters: bound of the whole folder.
        most_bytes: likewise.
    """

    def __init__(
        self, folder: Path, *, location: str, most_letters: int = 10_000, most_bytes: int = 64 * 2**20
    ) -> None:
        self._folder = folder
        self._home = _digest(location)
        self._most_letters = most_letters
        self._most_bytes = most_bytes

    async def put(self, letter: Letter) -> None:
        """Keep a letter, durably when it returns.

        Raises:
            MemoryUnavailable: the outbox is full.
            OSError: it can't be written.
        """
        thread = _digest(letter.scope.user, letter.scope.thread or "")
        name = f"{time.time_ns():020d}-{self._home}-{thread}-{secrets.token_hex(4)}.json"
        await asyncio.to_thread(self._write_new, name, letter.to_json())

    async def deliver(self, bank: MemoryBank, *, user: str | None = None, thread: str | None = None) -> int:
        """Write letters to a bank, the oldest first, and take them out; returns how many.

        Args:
            bank: whose home they wait for.
            user: only letters of this user's `thread`.
            thread: see `user`.

        Raises:
            MemoryUnavailable: the home fails; the letters that are left wait on.
        """
        delivered = 0
        wanted = f"-{self._home}-" + (f"{_digest(user, thread or '')}-" if user is not None else "")
        for path in await asyncio.to_thread(self._paths, wanted):
            async with self._alone():
                delivered += await _deliver(path, bank)
        return delivered

    async def forget(self, selection: Selection) -> int:
        """Take out what a user's selection names; returns how many memories.

        What is damaged goes too: nobody can tell whose it is.

        Raises:
            OSError: it can't be written.
        """
        return await self._take_out(lambda content: without(content, selection))

    async def expire(self, before: datetime, *, user: str | None = None) -> int:
        """Take out what was made before a moment (aware); returns how many memories.

        Raises:
            OSError: it can't be written.
        """
        return await self._take_out(lambda content: younger(content, before, user))

    async def holdings(self) -> Holdings:
        """What waits."""
        return await asyncio.to_thread(self._count)

    def _paths(self, wanted: str = "") -> list[Path]:
        return sorted(path for path in self._folder.glob("*.json") if wanted in path.name)

    def _sizes(self) -> list[int]:
        found = list[int]()
        for path in self._paths():
            with suppress(FileNotFoundError):  # delivered meanwhile
                found.append(path.stat().st_size)
        return found

    def _write_new(self, name: str, text: str) -> None:
        make_private(self._folder)
        sizes = self._sizes()
        if len(sizes) >= self._most_letters or sum(sizes) + len(text) > self._most_bytes:
            raise MemoryUnavailable(f"the outbox {self._folder} is full, {len(sizes)} turns wait in it")
        write_file(self._folder / name, text)

    async def _take_out(self, edit: Edit) -> int:
        if not await asyncio.to_thread(self._folder.is_dir):
            return 0
        async with self._alone():
            return await asyncio.to_thread(self._edit_all, edit)

    def _edit_all(self, edit: Edit) -> int:
        for half in self._folder.glob("*.new"):
            with suppress(FileNotFoundError):  # finished meanwhile
                if time.time() - half.stat().st_mtime > _HALF_WRITTEN_FOR:
                    half.unlink()
        return sum(edit_letter(path, edit) for path in self._paths())

    def _count(self) -> Holdings:
        paths = self._paths()
        ours = [read_letter(path) for path in paths if f"-{self._home}-" in path.name]
        letters = [letter for letter in ours if letter is not None]
        return Holdings(
            letters=len(letters),
            memories=sum(len(letter.memories) for letter in letters),
            elsewhere=len(paths) - len(ours),
            unreadable=len(ours) - len(letters),
            bytes=sum(self._sizes()),
        )

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        lock = portalocker.Lock(self._folder / "lock", timeout=0)
        while True:
            if await _to_its_end(lock):
                break
            await asyncio.sleep(_LOOK_EVERY)
        try:
            yield
        finally:
            lock.release()


async def _to_its_end(lock: portalocker.Lock) -> bool:
    """Try to take the lock; one that is taken while we are cancelled is let go."""
    taking = asyncio.ensure_future(asyncio.to_thread(_taken, lock))
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        if await taking:
            lock.release()
        raise


def _taken(lock: portalocker.Lock) -> bool:
    try:
        lock.acquire()
    except portalocker.AlreadyLocked:
        return False
    except portalocker.LockException as error:
        raise MemoryUnavailable(f"the outbox can't be locked: {error}") from error
    return True


async def _deliver(path: Path, bank: MemoryBank) -> int:
    letter = await asyncio.to_thread(read_letter, path)
    if letter is None:  # delivered by another process meanwhile, forgotten, or for a newer version to read
        return 0
    try:
        await letter.post(bank)
    except MemoryFull:  # of this user: others' letters needn't wait for that
        return 0
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return 1


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()
