"""How an Edge folder's owner and its clients talk: JSON behind its length (4 bytes, big-endian)."""

import asyncio
import json
from typing import Any

__all__ = ["PROTOCOL", "receive", "send"]

PROTOCOL = 1
"""Version of the requests; an owner of another version is refused."""


async def send(writer: asyncio.StreamWriter, message: Any) -> None:
    """Send one message.

    Raises:
        ConnectionError: the other side is gone.
    """
    frame = json.dumps(message, separators=(",", ":")).encode()
    writer.write(len(frame).to_bytes(4, "big") + frame)
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> Any:
    """Wait for one message.

    Raises:
        asyncio.IncompleteReadError: the other side closed the connection.
        ConnectionError: the other side died.
    """
    length = int.from_bytes(await reader.readexactly(4), "big")
    return json.loads(await reader.readexactly(length))
