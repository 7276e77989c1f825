"""The home behind qdrant-client: a Qdrant server, or qdrant-client's own `:memory:` mode for tests."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import httpx
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from langgraph_roleplay.errors import MemoryUnavailable, raise_if_blocking
from langgraph_roleplay.memory.home import PAYLOAD_INDEXES, SCHEMA_VERSION, Fingerprint, Hit

__all__ = ["ClientHome"]

_T = TypeVar("_T")
_ALIAS = "roleplay-memory"
_TIMEOUT = 10  # seconds
_LONGEST_WAIT = 5  # seconds a busy server may ask us to wait
_FAULTS = (ApiException, QdrantException, httpx.HTTPError, httpx.InvalidURL, ValueError, RuntimeError)


class ClientHome:
    """A collection per embedding model; the alias `roleplay-memory` says which one is in use."""

    def __init__(self, client: AsyncQdrantClient, *, name: str) -> None:
        self._client = client
        self._name = name

    @classmethod
    async def open(cls, location: str, *, fingerprint: Fingerprint, api_key: str | None = None) -> "ClientHome":
        """Connect, and create the collection if there is none.

        Raises:
            MemoryUnavailable: no answer, a wrong key, or a collection of another embedding model or newer version.
        """
        home = cls(_connect(location, api_key), name=_without_credentials(location))
        try:
            await home._prepare(fingerprint, indexed=location != ":memory:")
        except MemoryUnavailable:
            await home.close()
            raise
        return home

    async def upsert(self, points: Sequence[models.PointStruct]) -> None:
        """See `Home.upsert`."""
        await self._try(lambda: self._client.upsert(_ALIAS, list(points), wait=True))

    async def query(self, requests: Sequence[models.QueryRequest]) -> list[list[Hit]]:
        """See `Home.query`."""
        answers = await self._try(lambda: self._client.query_batch_points(_ALIAS, list(requests)))
        return [[Hit(str(point.id), point.score, point.payload or {}) for point in answer.points] for answer in answers]

    async def scroll(self, where: models.Filter, *, limit: int) -> list[Hit]:
        """See `Home.scroll`."""
        records, _ = await self._try(lambda: self._client.scroll(_ALIAS, where, limit=limit))
        return [Hit(str(record.id), 0.0, record.payload or {}) for record in records]

    async def count(self, where: models.Filter) -> int:
        """See `Home.count`."""
        return (await self._try(lambda: self._client.count(_ALIAS, where, exact=True))).count

    async def mark(self, where: models.Filter, payload: dict[str, Any]) -> None:
        """See `Home.mark`."""
        await self._try(lambda: self._client.set_payload(_ALIAS, payload, points=where, wait=True))

    async def delete(self, where: models.Filter) -> None:
        """See `Home.delete`."""
        selector = models.FilterSelector(filter=where)
        await self._try(lambda: self._client.delete(_ALIAS, selector, wait=True))

    async def close(self) -> None:
        """See `Home.close`."""
        await self._client.close()

    async def _prepare(self, fingerprint: Fingerprint, *, indexed: bool) -> None:
        aliases = await self._try(self._client.get_aliases)
        current = {alias.alias_name: alias.collection_name for alias in aliases.aliases}.get(_ALIAS)
        if current is None:
            await self._create(_collection_name(fingerprint), fingerprint, indexed=indexed)
            return
        info = await self._try(lambda: self._client.get_collection(current))
        self._check(info.config.metadata or {}, fingerprint)

    def _check(self, metadata: dict[str, Any], fingerprint: Fingerprint) -> None:
        schema = metadata.get("schema", 0)
        if schema > SCHEMA_VERSION:
            raise MemoryUnavailable(
                f"the memories at {self._name} have schema {schema}, this version reads up to {SCHEMA_VERSION}: upgrade"
            )
        made_with = Fingerprint(str(metadata.get("embedding")), int(metadata.get("dimension", 0)))
        if made_with != fingerprint:
            raise MemoryUnavailable(
                f"the memories at {self._name} were made with the embedding {made_with}, but {fingerprint} is set; "
                "set the one they were made with"
            )

    async def _create(self, collection: str, fingerprint: Fingerprint, *, indexed: bool) -> None:
        if not await self._try(lambda: self._client.collection_exists(collection)):
            await self._try(
                lambda: self._client.create_collection(
                    collection,
                    vectors_config={
                        "dense": models.VectorParams(size=fingerprint.dimension, distance=models.Distance.COSINE)
                    },
                    sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
                    metadata={**fingerprint._asdict(), "schema": SCHEMA_VERSION},
                )
            )
        for field, kind in PAYLOAD_INDEXES.items() if indexed else ():
            await self._index(collection, field, kind)
        alias = models.CreateAlias(collection_name=collection, alias_name=_ALIAS)
        operation = models.CreateAliasOperation(create_alias=alias)
        await self._try(lambda: self._client.update_collection_aliases([operation]))

    async def _index(self, collection: str, field: str, kind: str) -> None:
        schema = (
            models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
            if kind == "tenant"
            else models.PayloadSchemaType(kind)
        )
        await self._try(lambda: self._client.create_payload_index(collection, field, schema))

    async def _try(self, call: Callable[[], Awaitable[_T]]) -> _T:
        try:
            try:
                return await call()
            except _FAULTS as error:
                if (wait := _retry_after(error)) is None:
                    raise
                await asyncio.sleep(wait)
                return await call()
        except _FAULTS as error:
            raise_if_blocking(error)
            raise MemoryUnavailable(f"the memory at {self._name} failed: {_one_line(error)}") from error


def _connect(location: str, api_key: str | None) -> AsyncQdrantClient:
    if location == ":memory:":
        return AsyncQdrantClient(location)
    try:
        return AsyncQdrantClient(location, api_key=api_key, timeout=_TIMEOUT, check_compatibility=False)
    except _FAULTS as error:
        name = _without_credentials(location)
        raise MemoryUnavailable(f"{name} is no address of a Qdrant server: {_one_line(error)}") from error


def _collection_name(fingerprint: Fingerprint) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", fingerprint.embedding.lower()).strip("-")
    return f"{_ALIAS}-{slug[:80]}-{fingerprint.dimension}"


def _without_credentials(location: str) -> str:
    return re.sub(r"(?<=//)[^/@]*@", "", location).partition("?")[0]


def _retry_after(error: Exception) -> float | None:
    """Seconds until a second try, or None if it would fail the same way."""
    match error:
        case ResourceExhaustedResponse():
            return min(error.retry_after_s, _LONGEST_WAIT)
        case UnexpectedResponse(status_code=int(status)) if status == 429 or status >= 500:
            return 0.2
        case ResponseHandlingException(source=httpx.ConnectError() | httpx.ConnectTimeout()):
            return 0.2
    return None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
