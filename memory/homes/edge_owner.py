"""The owner process of an Edge folder: `python edge_owner.py FOLDER SOCKET IDLE_SECONDS`.

Qdrant Edge locks its folder for one process, holds the GIL while it works and can take its process down. So one
small process owns the folder, and everything else talks to it over a unix socket. The command comes back as soon as
the socket answers (or with status 1 and one line on stderr); the process behind it leaves when nobody is connected
any more for IDLE_SECONDS.
"""

import asyncio
import fcntl
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_roleplay.memory.homes.edge_folder import EdgeFolder

__all__ = ["Owner", "main"]

_LOCK_WAIT = 8.0  # seconds the owner before us may take to leave
_PAUSE = 1.0  # seconds without a request after which the log is folded in
_BREATH = 0.002  # seconds between two slices of what goes on in the background, for those who wait
_OURS = ("memory.json.new", "owner.lock", "edge")  # beginnings of what may lie in a folder without a manifest


def main(folder: Path, address: str, idle_seconds: float) -> int:
    """Take the folder and serve it from a process of its own, unless another owner does. Returns the exit status."""
    os.umask(0o077)  # what people said is for their own eyes: the folder, what it lies in, and all that Edge writes
    try:
        lock, listener = _take(folder, address)
    except OSError as error:
        sys.stderr.write(f"the memory folder {folder} can't be opened: {error.strerror or error}")
        return 1
    if listener is not None and os.fork() == 0:
        _detach()
        _skip_package_inits()
        asyncio.run(_serve(folder, address, listener, idle_seconds))
        os.close(lock)
    return 0


def _take(folder: Path, address: str) -> tuple[int, socket.socket | None]:
    """Lock the folder and listen; no listener where another owner answers.

    Raises:
        OSError: the folder is no memory folder, can't be written, or is owned by a process that doesn't answer.
    """
    made = (folder / "memory.json").exists() or not folder.is_dir()
    if not made and any(not name.startswith(_OURS) for name in os.listdir(folder)):
        raise OSError("there are files in it, but no memory.json, so it is none of ours and is left alone")
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _LOCK_WAIT
    while not _locked(lock):
        if _answers(address):
            return lock, None
        if time.monotonic() > deadline:
            raise OSError("a process that can't be reached from here has it open")
        time.sleep(0.02)
    return lock, _listen(address)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(address) == 0


def _listen(address: str) -> socket.socket:
    Path(address).unlink(missing_ok=True)  # left by an owner that was killed: we hold its lock now
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(128)
    return listener


def _detach() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.chdir("/")


def _skip_package_inits() -> None:
    """Make our submodules importable without their packages' `__init__`, which import langchain (a second or two)."""
    root = Path(__file__).absolute().parents[2]
    for name, folder in (("langgraph_roleplay", root), ("langgraph_roleplay.memory", root / "memory")):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


async def _serve(folder: Path, address: str, listener: socket.socket, idle_seconds: float) -> None:
    from langgraph_roleplay.memory.homes.edge_folder import EdgeFolder  # noqa: PLC0415 - after the packages are skipped

    owner = Owner(EdgeFolder(folder), idle_seconds=idle_seconds)
    await owner.serve(listener)
    await asyncio.to_thread(Path(address).unlink, missing_ok=True)


class Owner:
    """Answers clients one request at a time, until nobody is connected for a while."""

    def __init__(self, folder: "EdgeFolder", *, idle_seconds: float) -> None:
        self._folder = folder
        self._idle_seconds = idle_seconds
        self._leaving = asyncio.Event()
        self._connected = 0
        self._timer: asyncio.TimerHandle | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._background: asyncio.Task[None] | None = None

    async def serve(self, listener: socket.socket) -> None:
        """Serve until idle."""
        server = await asyncio.start_unix_server(self._converse, sock=listener)
        self._watch()
        await self._leaving.wait()
        server.close()
        if self._background is not None:
            self._background.cancel()
            await asyncio.gather(self._background, return_exceptions=True)
        self._folder.close()

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._connected:
            self._timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._leave)

    def _leave(self) -> None:
        if self._folder.busy:
            self._watch()
        else:
            self._leaving.set()

    def _flush_in_a_pause(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._pause = asyncio.get_running_loop().call_later(_PAUSE, self._guarded, self._folder.flush)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from langgraph_roleplay.memory.homes.edge_wire import receive, send  # noqa: PLC0415 - as in `_serve`

        self._connected += 1
        self._watch()
        try:
            while True:
                await send(writer, self._answer(await receive(reader), client=writer))
                self._flush_in_a_pause()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up
        finally:
            writer.close()
            self._folder.left(writer)
            self._connected -= 1
            self._watch()

    def _answer(self, request: dict[str, Any], *, client: object) -> dict[str, Any]:
        answer = self._guarded(
            lambda: self._folder.handle(request, client=client), failed=_FAILED[request["op"] == "open"]
        )
        if self._folder.busy and (self._background is None or self._background.done()):
            self._background = asyncio.create_task(self._work())
        return answer

    async def _work(self) -> None:
        while self._folder.busy:
            self._guarded(self._folder.step)
            await asyncio.sleep(_BREATH)

    def _guarded(self, call: Callable[[], Any], *, failed: str = "") -> dict[str, Any]:
        from langgraph_roleplay.errors import MemoryUnavailable  # noqa: PLC0415 - as in `_serve`

        try:
            return {"answer": call()}
        except MemoryUnavailable as error:
            return {"error": str(error)}
        except BaseException as error:
            if not _is_edge_fault(error):
                raise
            # What a panic leaves in memory can't be trusted; the next owner starts from the files.
            if not isinstance(error, Exception):
                asyncio.get_running_loop().call_later(0.1, self._leaving.set)
            return {"error": f"{failed}: {' '.join(str(error).split())[:200]}"}


_FAILED = {True: "the memory folder can't be opened, its files seem to be damaged", False: "the memory folder failed"}


def _is_edge_fault(error: BaseException) -> bool:
    """Whether Edge raised it: mostly a bare Exception, or pyo3's PanicException, a BaseException nobody can import."""
    ours = (OSError, ValueError, TypeError, KeyError)  # of Edge, or of a request that it can't make sense of
    return isinstance(error, ours) or type(error) is Exception or type(error).__name__ == "PanicException"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
