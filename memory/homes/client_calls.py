"""Calls of a Qdrant server: what is tried again, and what is told to the user at once.

Tried again once: a connection that couldn't be made, an answer of 5xx, and 429 after the time that the server asks for.
A wrong key, a bad request or a slow answer fails the same way again, and is told at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc  # type: ignore[import-untyped]  # comes with qdrant-client, without types
import httpx
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from langgraph_roleplay.errors import MemoryUnavailable, raise_if_blocking

__all__ = ["FAULTS", "ServerCalls", "one_line", "without_credentials"]

_T = TypeVar("_T")
FAULTS = (ApiException, QdrantException, httpx.HTTPError, httpx.InvalidURL, grpc.RpcError, ValueError, RuntimeError)
"""What qdrant-client and its transports raise."""

_LONGEST_WAIT = 5  # seconds a busy server may ask us to wait
_PAUSE = 0.2
_NO_ENTRY = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
_PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


class ServerCalls:
    """Calls of one server.

    Args:
        name: of the server, without what is secret.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    async def __call__(self, call: Callable[[], Awaitable[_T]]) -> _T:
        """Make a call, twice if need be.

        Raises:
            MemoryUnavailable: it failed; names the server and what it said.
        """
        try:
            try:
                return await call()
            except FAULTS as error:
                if (wait := _retry_after(error)) is None:
                    raise
                await asyncio.sleep(wait)
                return await call()
        except FAULTS as error:
            raise_if_blocking(error)
            if _is_refused(error):
                raise MemoryUnavailable(
                    f"the memory at {self._name} refuses the key: set QDRANT_API_KEY to one that may read and write"
                ) from error
            raise MemoryUnavailable(f"the memory at {self._name} failed: {one_line(error)}") from error


def _retry_after(error: Exception) -> float | None:
    """Seconds until a second try, or None if it would fail the same way."""
    match error:
        case ResourceExhaustedResponse():
            return min(error.retry_after_s, _LONGEST_WAIT)
        case UnexpectedResponse(status_code=int(status)) if status == 429 or status >= 500:
            return _PAUSE
        case ResponseHandlingException(source=httpx.ConnectError() | httpx.ConnectTimeout()):
            return _PAUSE
        case grpc.aio.AioRpcError() if error.code() in _PASSING:
            return _PAUSE
    return None


def _is_refused(error: Exception) -> bool:
    match error:
        case UnexpectedResponse(status_code=401 | 403):
            return True
        case grpc.aio.AioRpcError():
            return error.code() in _NO_ENTRY
    return False


def one_line(error: Exception) -> str:
    """What an error says, short."""
    if isinstance(error, grpc.aio.AioRpcError):
        text = f"{error.code().name}: {error.details() or ''}"
    elif isinstance(error, ResponseHandlingException) and not str(error):
        text = type(error.source).__name__  # httpx's timeouts say nothing
    else:
        text = str(error)
    return " ".join(text.split())[:200] or type(error).__name__


def without_credentials(location: str) -> str:
    """An address that may be shown."""
    scheme, slashes, rest = location.partition("//")
    host, _, _ = rest.partition("?")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}"
