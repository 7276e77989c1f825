"""The home in a folder: Qdrant Edge, reached through the folder's owner process, which is started at need."""

import asyncio
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qdrant_client import models

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import edge_owner
from langgraph_roleplay.memory.edge_wire import PROTOCOL, receive, send
from langgraph_roleplay.memory.home import PAYLOAD_INDEXES, SCHEMA_VERSION, Fingerprint, Hit
from langgraph_roleplay.memory.vectors import has_qdrant_edge

__all__ = ["EdgeHome"]

_MAX_DEATHS = 5
"""How many owners may die while they are greeted: a folder that kills each of them is not tried for ever."""
_PAUSE = 0.02
_CONNECT_SECONDS = 10.0
_REQUEST_SECONDS = 10.0
_LONGEST_ADDRESS = 100  # bytes; the system's limit for a unix socket is 104 to 108

_OWNER_GONE = (ConnectionError, asyncio.IncompleteReadError)
_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class EdgeHome:
    """A connection to the owner of a folder; made anew, with a new owner if need be, whenever it breaks."""

    def __init__(self, folder: Path, *, fingerprint: Fingerprint, address: str, idle_seconds: float) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._address = address
        self._idle_seconds = idle_seconds
        self._stream: _Stream | None = None
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, folder: Path, *, fingerprint: Fingerprint, idle_seconds: float = 30.0) -> "EdgeHome":
        """Connect to the folder's owner, and start it if there is none; a new folder is set up.

        Args:
            folder: absolute.
            fingerprint: embedding the vectors come from.
            idle_seconds: how long an owner that is started here stays when nobody is connected.

        Raises:
            MemoryUnavailable: Edge isn't installed; the folder is damaged, none of ours, of another embedding or newer.
        """
        if not has_qdrant_edge():
            raise MemoryUnavailable(
                f"memories in a folder ({folder}) need Qdrant Edge: pip install 'langgraph-roleplay[embedded]'"
            )
        address = await asyncio.to_thread(_address, folder)
        home = cls(folder, fingerprint=fingerprint, address=address, idle_seconds=idle_seconds)
        await home._ask({"op": "open", **home._greeting()})
        return home

    async def upsert(self, points: Sequence[models.PointStruct]) -> None:
        """See `Home.upsert`."""
        await self._ask({"op": "upsert", "points": [_dump(point) for point in points]})

    async def query(self, requests: Sequence[models.QueryRequest]) -> list[list[Hit]]:
        """See `Home.query`."""
        answers = await self._ask({"op": "query", "requests": [_dump(request) for request in requests]})
        return [[Hit(*found) for found in hits] for hits in answers]

    async def scroll(self, where: models.Filter, *, limit: int) -> list[Hit]:
        """See `Home.scroll`."""
        return [Hit(*found) for found in await self._ask({"op": "scroll", "where": _dump(where), "limit": limit})]

    async def count(self, where: models.Filter) -> int:
        """See `Home.count`."""
        return int(await self._ask({"op": "count", "where": _dump(where)}))

    async def mark(self, where: models.Filter, payload: dict[str, Any]) -> None:
        """See `Home.mark`."""
        await self._ask({"op": "mark", "where": _dump(where), "payload": payload})

    async def delete(self, where: models.Filter) -> None:
        """See `Home.delete`."""
        await self._ask({"op": "delete", "where": _dump(where)})

    async def close(self) -> None:
        """See `Home.close`."""
        async with self._lock:
            if self._stream is not None:
                self._stream[1].close()
                self._stream = None

    def _greeting(self) -> dict[str, Any]:
        versions = {"protocol": PROTOCOL, "schema": SCHEMA_VERSION}
        return {**self._fingerprint._asdict(), **versions, "indexes": PAYLOAD_INDEXES}

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
        deadline = asyncio.get_running_loop().time() + _CONNECT_SECONDS
        deaths = 0
        while asyncio.get_running_loop().time() < deadline and deaths < _MAX_DEATHS:
            try:
                return await self._greet()
            except (FileNotFoundError, ConnectionRefusedError):
                await asyncio.to_thread(_start_owner, self._folder, self._address, self._idle_seconds)
            except _OWNER_GONE:
                # A process that is being killed still accepts connections for a moment, then drops them.
                deaths += 1
                await asyncio.sleep(_PAUSE * deaths)
        raise MemoryUnavailable(f"no owner process of the memory folder {self._folder} answers")

    async def _greet(self) -> _Stream:
        stream = await asyncio.open_unix_connection(self._address)
        await self._talk(stream, {"op": "open", **self._greeting()})
        return stream


def _dump(model: models.PointStruct | models.QueryRequest | models.Filter) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude_none=True)


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
