"""Where memories live: the home that an address means."""

import asyncio
from pathlib import Path

from langgraph_roleplay.memory.home import Fingerprint, Home
from langgraph_roleplay.memory.homes.client import ClientHome
from langgraph_roleplay.memory.homes.edge import EdgeHome

__all__ = ["home_exists", "open_home"]

_SERVER = ("http://", "https://", "grpc://", "grpcs://")


async def open_home(
    location: str | Path, *, fingerprint: Fingerprint | None, api_key: str | None = None, holding: str = "memory"
) -> Home:
    """Open a home.

    Args:
        location: a folder (Qdrant Edge), a server (`http(s)://host:6333`; `grpc(s)://host:6334` speaks gRPC), or
            `:memory:`.
        fingerprint: embedding of the vectors that will be read and written; a home that does not exist is made for
            it. None: whatever it was made with.
        api_key: of the server.
        holding: what is kept in it. A server has a collection for each; a folder holds one thing, whatever it is.

    Raises:
        MemoryUnavailable: it can't be reached, is damaged, is none of ours, was made with another embedding or by a
            newer version; or there is none and no fingerprint was given.
    """
    address = str(location)
    if address == ":memory:" or address.startswith(_SERVER):
        return await ClientHome.open(address, fingerprint=fingerprint, api_key=api_key, holding=holding)
    folder = await asyncio.to_thread(_folder, address)
    return await EdgeHome.open(folder, fingerprint=fingerprint)


async def home_exists(location: str | Path, *, api_key: str | None = None, holding: str = "memory") -> bool:
    """Whether there is a home; none is made, and of a folder nothing is opened. See `open_home`.

    Raises:
        MemoryUnavailable: the server can't be reached.
    """
    address = str(location)
    if address.startswith(_SERVER):
        return await ClientHome.exists(address, api_key=api_key, holding=holding)
    return address != ":memory:" and await asyncio.to_thread(_holds, address)


def _holds(address: str) -> bool:
    return (_folder(address) / "memory.json").exists()


def _folder(address: str) -> Path:
    return Path(address).expanduser().resolve()
