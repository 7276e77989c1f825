"""Where memories live: the home that an address means."""

import asyncio
from pathlib import Path

from langgraph_roleplay.memory.home import Fingerprint, Home
from langgraph_roleplay.memory.homes.client import ClientHome
from langgraph_roleplay.memory.homes.edge import EdgeHome

__all__ = ["open_home"]

_SERVER = ("http://", "https://", "grpc://", "grpcs://")


async def open_home(location: str | Path, *, fingerprint: Fingerprint | None, api_key: str | None = None) -> Home:
    """Open a home.

    Args:
        location: a folder (Qdrant Edge), a server (`http(s)://host:6333`; `grpc(s)://host:6334` speaks gRPC), or
            `:memory:`.
        fingerprint: embedding of the vectors that will be read and written; a home that does not exist is made for
            it. None: whatever it was made with.
        api_key: of the server.

    Raises:
        MemoryUnavailable: it can't be reached, is damaged, is none of ours, was made with another embedding or by a
            newer version; or there is none and no fingerprint was given.
    """
    address = str(location)
    if address == ":memory:" or address.startswith(_SERVER):
        return await ClientHome.open(address, fingerprint=fingerprint, api_key=api_key)
    folder = await asyncio.to_thread(lambda: Path(address).expanduser().resolve())
    return await EdgeHome.open(folder, fingerprint=fingerprint)
