"""A connection to the owner process of an Edge folder; the owner is started at need."""

import asyncio
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.homes import edge_owner
from langgraph_roleplay.memory.homes.edge_wire import receive, send

__all__ = ["Connection"]

_MAX_DEATHS = 5
"""How many owners may die while they are greeted: a folder that kills each of them is not tried for ever."""
_PAUSE = 0.02
_CONNECT_SECONDS = 10.0
_REQUEST_SECONDS = 10.0
_LONGEST_ADDRESS = 100  # bytes; the system's limit for a unix socket is 104 to 108

_OWNER_GONE = (ConnectionError, asyncio.IncompleteReadError)
_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Connection:
    """Asks the owner of a folder; made anew, with a new owner if need be, whenever it breaks.

    Args:
        folder: absolute.
        greeting: the request that opens the folder.
        idle_seconds: how long an owner that is started here stays when nobody is connected.
    """

    def __init__(self, folder: Path, *, greeting: dict[str, Any], idle_seconds: float) -> None:
        self._folder = folder
        self._greeting = greeting
        self._idle_seconds = idle_seconds
        self._stream: _Stream | None = None
        self._opened: Any = None
        self._lock = asyncio.Lock()

    async def open(self) -> Any:
        """Connect, and give back what the owner answered to the greeting.

        Raises:
            MemoryUnavailable: what the owner says against it, or that there is none.
        """
        async with self._lock:
            self._stream = self._stream or await self._connect()
        return self._opened

    async def ask(self, request: dict[str, Any]) -> Any:
        """Ask, and wait for what has to end first; whoever asks meanwhile is not kept waiting.

        Raises:
            MemoryUnavailable: what the owner says against it, or that it died twice.
        """
        while True:
            answer = await self._ask(request)
            if not _must_wait(answer):
                return answer
            over = "no"
            while over == "no":
                await asyncio.sleep(_PAUSE)
                over = await self._ask({"op": "over", "ticket": answer["wait"]})
            if over == "yes" and request["op"] == "purge":
                return None

    async def close(self) -> None:
        """Hang up."""
        async with self._lock:
            if self._stream is not None:
                self._stream[1].close()
                self._stream = None

    async def _ask(self, request: dict[str, Any]) -> Any:
        async with self._lock:
            try:
                return await self._exchange(request)
            except _OWNER_GONE:
                # It was killed or was just leaving. Whatever is asked of it may be asked twice.
                return await self._exchange_again(request)

    async def _exchange_again(self, request: dict[str, Any]) -> Any:
        try:
            return await self._exchange(request)
        except _OWNER_GONE as error:
            raise MemoryUnavailable(f"the owner process of the memory folder {self._folder} died twice") from error

    async def _exchange(self, request: dict[str, Any]) -> Any:
        stream = self._stream or await self._connect()
        self._stream = None
        answer = await self._talk(stream, request)
        self._stream = stream
        return answer

    async def _talk(self, stream: _Stream, request: dict[str, Any]) -> Any:
        """One request and its answer; a connection that was left in between is closed, never used out of step."""
        reader, writer = stream
        finished = False
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                await send(writer, request)
                answer = await receive(reader)
            finished = "error" not in answer
        except TimeoutError as error:
            raise MemoryUnavailable(
                f"the memory folder {self._folder} gave no answer for {_REQUEST_SECONDS:g} s"
            ) from error
        finally:
            if not finished:
                writer.close()
        if not finished:
            raise MemoryUnavailable(answer["error"])
        return answer["answer"]

    async def _connect(self) -> _Stream:
        address = await asyncio.to_thread(_address, self._folder)
        deadline = asyncio.get_running_loop().time() + _CONNECT_SECONDS
        deaths = 0
        while asyncio.get_running_loop().time() < deadline and deaths < _MAX_DEATHS:
            try:
                return await self._greet(address)
            except (FileNotFoundError, ConnectionRefusedError):
                await asyncio.to_thread(_start_owner, self._folder, address, self._idle_seconds)
            except _OWNER_GONE:
                # A process that is being killed still accepts connections for a moment, then drops them.
                deaths += 1
                await asyncio.sleep(_PAUSE * deaths)
        raise MemoryUnavailable(f"no owner process of the memory folder {self._folder} answers")

    async def _greet(self, address: str) -> _Stream:
        stream = await asyncio.open_unix_connection(address)
        self._opened = await self._talk(stream, self._greeting)
        while _must_wait(self._opened):  # an older schema is being migrated
            await asyncio.sleep(_PAUSE)
            if await self._talk(stream, {"op": "over", "ticket": self._opened["wait"]}) != "no":
                self._opened = await self._talk(stream, self._greeting)
        return stream


def _must_wait(answer: Any) -> bool:
    return isinstance(answer, dict) and "wait" in answer


def _address(folder: Path) -> str:
    """Path of the socket: paths of sockets are short, so it is not in the folder, but in one that is ours alone."""
    directory = Path(tempfile.gettempdir()) / f"langgraph-roleplay-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise MemoryUnavailable(f"{directory} must be a folder that only you can open: remove it, or set TMPDIR")
    address = str(directory / f"{hashlib.blake2b(os.fsencode(folder), digest_size=8).hexdigest()}.sock")
    if len(os.fsencode(address)) > _LONGEST_ADDRESS:
        raise MemoryUnavailable(f"the path {address} is too long for a socket: set TMPDIR to a shorter folder")
    return address


def _start_owner(folder: Path, address: str, idle_seconds: float) -> None:
    """Start the owner; returns when its socket answers."""
    # By path, not by module name: `python -m` would import langchain first. -P keeps our folder off its sys.path.
    command = [sys.executable, "-P", edge_owner.__file__, str(folder), address, str(idle_seconds)]
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_CONNECT_SECONDS,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MemoryUnavailable(f"the owner process of the memory folder {folder} can't be started: {error}") from error
    if result.returncode > 0:  # below 0 it was killed, and is started again
        reason = result.stderr.decode(errors="replace").strip().splitlines()
        raise MemoryUnavailable(reason[-1] if reason else f"the owner of the memory folder {folder} can't be started")
