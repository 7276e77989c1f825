"""The home behind qdrant-client: a Qdrant server, or qdrant-client's own `:memory:` mode for tests."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit
from uuid import UUID

from qdrant_client import AsyncQdrantClient, models

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.home import Fingerprint, Hit, Hits, Page
from langgraph_roleplay.memory.homes.client_calls import FAULTS, ServerCalls, one_line, without_credentials
from langgraph_roleplay.memory.homes.client_collections import Collections

__all__ = ["ClientHome"]

_T = TypeVar("_T")
_TIMEOUT = 10  # seconds
_GRPC_PORT = 6334


class ClientHome:
    """One collection on a server: the one in use, or one aside."""

    def __init__(
        self,
        client: AsyncQdrantClient,
        *,
        collections: Collections,
        collection: str,
        fingerprint: Fingerprint,
        calls: ServerCalls,
        name: str,
        main: "ClientHome | None" = None,
    ) -> None:
        self._client = client
        self._collections = collections
        self._collection = collection
        self._fingerprint = fingerprint
        self._call = calls
        self._name = name
        self._is_aside = main is not None
        # Those who share the client: `:memory:` is gone with it.
        self._sharing: set[ClientHome] = main._sharing if main is not None else set()
        self._sharing.add(self)

    @classmethod
    async def open(
        cls,
        location: str,
        *,
        fingerprint: Fingerprint | None,
        api_key: str | None = None,
        holding: str = "memory",
    ) -> "ClientHome":
        """Connect, and create the collection if there is none.

        Args:
            location: `http://` or `https://`, port 6333 by default; `grpc://` or `grpcs://` (with TLS) speaks gRPC,
                port 6334 by default; or `:memory:`. A certificate authority of your own is named by SSL_CERT_FILE,
                for gRPC by GRPC_DEFAULT_SSL_ROOTS_FILE_PATH.
            fingerprint: embedding the vectors come from; None: whatever the collection in use was made with.
            api_key: of the server.
            holding: what the collection holds.

        Raises:
            MemoryUnavailable: no answer, a wrong key, or a collection of another embedding model or newer version.
        """
        client, name = _connect(location, api_key), without_credentials(location)
        calls = ServerCalls(name)
        collections = Collections(client, calls, name=name, holding=holding, indexed=location != ":memory:")
        try:
            collection, made_with = await _enter(collections, fingerprint, name=name)
        except MemoryUnavailable:
            await client.close()
            raise
        return cls(
            client, collections=collections, collection=collection, fingerprint=made_with, calls=calls, name=name
        )

    @classmethod
    async def exists(cls, location: str, *, api_key: str | None = None, holding: str = "memory") -> bool:
        """Whether a server has a collection of what is held; see `open`.

        Raises:
            MemoryUnavailable: no answer, or a wrong key.
        """
        client, name = _connect(location, api_key), without_credentials(location)
        try:
            found = Collections(client, ServerCalls(name), name=name, holding=holding, indexed=True)
            return await found.current() is not None
        finally:
            await client.close()

    @property
    def fingerprint(self) -> Fingerprint:
        """See `Home.fingerprint`."""
        return self._fingerprint

    async def upsert(self, points: Sequence[models.PointStruct], *, replace: bool = False) -> None:
        """See `Home.upsert`."""
        mode = models.UpdateMode.UPSERT if replace else models.UpdateMode.INSERT_ONLY
        if points:
            await self._write(lambda: self._client.upsert(self._collection, list(points), wait=True, update_mode=mode))

    async def query(self, requests: Sequence[models.QueryRequest]) -> list[Hits]:
        """See `Home.query`."""
        answers = await self._call(lambda: self._client.query_batch_points(self._collection, list(requests)))
        lists = [answer.points for answer in answers]
        return [Hits([UUID(str(one.id)).bytes for one in found], [one.score for one in found]) for found in lists]

    async def scroll(
        self,
        where: models.Filter,
        *,
        limit: int,
        start: str | None = None,
        vectors: bool = False,
        fields: Sequence[str] | None = None,
    ) -> Page:
        """See `Home.scroll`."""
        asked = True if fields is None else list(fields)
        records, after = await self._call(
            lambda: self._client.scroll(
                self._collection, where, limit=limit, offset=start, with_payload=asked, with_vectors=vectors
            )
        )
        hits = [
            Hit(str(record.id), 0.0, _only(asked, record.payload), cast("dict[str, Any] | None", record.vector))
            for record in records
        ]
        return Page(hits, None if after is None else str(after))

    async def count(self, where: models.Filter) -> int:
        """See `Home.count`."""
        return (await self._call(lambda: self._client.count(self._collection, where, exact=True))).count

    async def mark(self, where: models.Filter, payload: dict[str, Any]) -> None:
        """See `Home.mark`."""
        await self._write(lambda: self._client.set_payload(self._collection, payload, points=where, wait=True))

    async def delete(self, where: models.Filter) -> None:
        """See `Home.delete`."""
        selector = models.FilterSelector(filter=where)
        others = [] if self._is_aside else [name for name in await self._collections.all() if name != self._collection]
        await self._write(lambda: self._client.delete(self._collection, selector, wait=True))
        for name in others:
            await self._call(partial(self._client.delete, name, selector, wait=True))

    async def purge(self) -> str:
        """See `Home.purge`. A server rewrites its files when it sees fit."""
        if self._name == ":memory:":
            return ""
        return (
            f"the server at {self._name} keeps the bytes of what was deleted until it optimizes its segments, "
            "and in the snapshots that were made of it"
        )

    async def aside(self, fingerprint: Fingerprint) -> "ClientHome":
        """See `Home.aside`. The two share their connections."""
        collection = await self._collections.ensure(fingerprint)
        return ClientHome(
            self._client,
            collections=self._collections,
            collection=collection,
            fingerprint=await self._collections.checked(collection, fingerprint),
            calls=self._call,
            name=self._name,
            main=self,
        )

    async def freeze(self) -> None:
        """See `Home.freeze`."""
        await self._collections.freeze(self._collection)

    async def switch(self, fingerprint: Fingerprint) -> None:
        """See `Home.switch`."""
        collection = self._collections.named(fingerprint)
        if collection not in await self._collections.all():
            raise MemoryUnavailable(f"there is no collection of the embedding {fingerprint} at {self._name}")
        if not await self._collections.is_frozen(self._collection):
            raise MemoryUnavailable(f"the memories at {self._name} were not kept frozen: compare them once more")
        await self._collections.use(collection)
        await self._collections.drop_others(collection)
        await self.close()

    async def close(self) -> None:
        """See `Home.close`."""
        self._sharing.discard(self)
        if not self._sharing:
            await self._client.close()

    async def _write(self, change: Callable[[], Awaitable[_T]]) -> None:
        """Write, then make sure that nobody had stopped us before: what was written later, a move would leave behind.

        Looking first would not do: the move could start between the look and the write.
        """
        await self._call(change)
        if not self._is_aside and await self._collections.is_frozen(self._collection):
            raise MemoryUnavailable(
                f"the memories at {self._name} are read-only for a moment: their embedding is being changed"
            )


async def _enter(collections: Collections, fingerprint: Fingerprint | None, *, name: str) -> tuple[str, Fingerprint]:
    current = await collections.current()
    if current is None:
        if fingerprint is None:
            raise MemoryUnavailable(f"there are no memories at {name}")
        current = await collections.ensure(fingerprint)
        await collections.use(current)
    return current, await collections.checked(current, fingerprint)


def _connect(location: str, api_key: str | None) -> AsyncQdrantClient:
    if location == ":memory:":
        return AsyncQdrantClient(location)
    try:
        parts = urlsplit(location)
        if parts.scheme in ("grpc", "grpcs"):
            return AsyncQdrantClient(
                host=parts.hostname,
                grpc_port=parts.port or _GRPC_PORT,
                prefer_grpc=True,
                https=parts.scheme == "grpcs",
                api_key=api_key,
                timeout=_TIMEOUT,
                check_compatibility=False,
            )
        return AsyncQdrantClient(location, api_key=api_key, timeout=_TIMEOUT, check_compatibility=False)
    except FAULTS as error:
        name = without_credentials(location)
        raise MemoryUnavailable(f"{name} is no address of a Qdrant server: {one_line(error)}") from error


def _only(asked: Any, payload: dict[str, Any] | None) -> dict[str, Any]:
    """The asked fields, with None for what isn't there, as every home gives them."""
    if isinstance(asked, list):
        return {field: (payload or {}).get(field) for field in asked}
    return payload or {}
