"""What the commands that move memories share: homes, bars, and what is said when one of them is broken off."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from langgraph_roleplay.errors import MemoryUnavailable, ModelError, RoleplayError, SettingsError
from langgraph_roleplay.memory.home import Fingerprint, Home
from langgraph_roleplay.memory.homes.opening import home_exists, open_home
from langgraph_roleplay.memory.keeping.outbox import Outbox
from langgraph_roleplay.memory.moving.one_moment import Progress as Told
from langgraph_roleplay.memory.vectors import Vectorizer
from langgraph_roleplay.models import load_embeddings, model_errors
from langgraph_roleplay.personas.finding.library import HOLDING
from langgraph_roleplay.settings import Settings

__all__ = [
    "bar",
    "file_for",
    "file_from",
    "home_at",
    "home_for",
    "library_is_there",
    "load_vectorizer",
    "refuse_folder_around",
    "run",
    "tell_of_waiting",
]

_T = TypeVar("_T")
_MANIFEST = "memory.json"  # of a home in a folder
_RESUME = "the same command goes on where it stopped"


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end.

    Raises:
        RoleplayError: it failed or was broken off with Ctrl-C.
    """
    try:
        return asyncio.run(work)
    except KeyboardInterrupt as error:
        raise RoleplayError(f"Broken off; {_RESUME}.") from error
    except RoleplayError:
        raise
    except model_errors() as error:
        raise ModelError(f"The embedding model failed ({error}); {_RESUME}.") from error


@contextmanager
def bar(title: str) -> Iterator[Told]:
    """A progress bar on stderr, and only on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@asynccontextmanager
async def home_at(
    location: str, *, settings: Settings, fingerprint: Fingerprint | None = None, holding: str = "memory"
) -> AsyncIterator[Home]:
    """A home, closed at the end.

    Args:
        location: a folder or a server's URL.
        settings: have the server's key.
        fingerprint: embedding of its vectors; None: whatever it was made with.
        holding: what is kept in it.

    Raises:
        MemoryUnavailable: it can't be opened, or was made with another embedding.
    """
    home = await open_home(location, fingerprint=fingerprint, api_key=settings.qdrant_key, holding=holding)
    try:
        yield home
    finally:
        await home.close()


async def library_is_there(settings: Settings) -> bool:
    """Whether documents, lore or the cast were ever indexed.

    Raises:
        MemoryUnavailable: the server can't be reached.
    """
    return await home_exists(settings.library, api_key=settings.qdrant_key, holding=HOLDING)


@asynccontextmanager
async def home_for(source: Home, location: str, *, settings: Settings, named: str) -> AsyncIterator[Home]:
    """A home that takes what is in another one, closed at the end; it is made if there is none.

    Args:
        source: the other one.
        location: a folder or a server's URL.
        settings: have the server's key.
        named: what the other one was called.

    Raises:
        MemoryUnavailable: it can't be opened, or was made with another embedding than `source`.
    """
    async with AsyncExitStack() as stack:
        try:
            home = await stack.enter_async_context(home_at(location, settings=settings, fingerprint=source.fingerprint))
        except MemoryUnavailable as error:
            if (made := await _fingerprint_at(location, settings=settings)) in (None, source.fingerprint):
                raise
            raise MemoryUnavailable(
                f"{named} was made with the embedding {source.fingerprint}, {location} with {made}: give one of them "
                "the other's with `roleplay memory reindex` first"
            ) from error
        yield home


async def _fingerprint_at(location: str, *, settings: Settings) -> Fingerprint | None:
    try:
        async with home_at(location, settings=settings) as home:
            return home.fingerprint
    except MemoryUnavailable:
        return None


def refuse_folder_around(location: str) -> None:
    """Refuse a ROLEPLAY_HOME where the memories' own folder in it is meant.

    Raises:
        SettingsError: `location` has no memories, but its folder `memory` has.
    """
    folder, around = Path(location).expanduser(), False
    with suppress(OSError):  # what can't be looked into says so when it is opened
        around = not (folder / _MANIFEST).exists() and (folder / "memory" / _MANIFEST).exists()
    if around:
        raise SettingsError(f"There are no memories in {location}; did you mean {Path(location) / 'memory'}?")


async def tell_of_waiting(settings: Settings) -> None:
    """Say on stderr what a copy of the home lacks, because the home could not take it yet."""
    held = await Outbox(settings.outbox, location=settings.memory).holdings()
    if held.memories:
        sys.stderr.write(
            f"Not in it: what waits in the outbox ({held.memories}) since the home was out of reach; "
            "`roleplay memory stats` delivers it.\n"
        )


async def load_vectorizer(spec: str, *, settings: Settings) -> Vectorizer:
    """The embedding model `provider:model`, asked once.

    Raises:
        ModelError: it can't be loaded.
    """
    return await Vectorizer.create(await asyncio.to_thread(load_embeddings, spec, settings=settings))


@contextmanager
def file_for(path: str) -> Iterator[Path]:
    """The file to write: `path`, or for `-` one that goes to stdout when the block is left without an error."""
    if path != "-":
        yield Path(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "memories.jsonl"
        yield aside
        with aside.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)


@contextmanager
def file_from(path: str) -> Iterator[Path]:
    """The file to read: `path`, or for `-` one with all of stdin, for it is read twice."""
    if path != "-":
        yield Path(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "stdin"
        with aside.open("xb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield aside
