"""Collections on a Qdrant server: one per embedding; an alias, such as `roleplay-memory`, says which is in use."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from qdrant_client import AsyncQdrantClient, models

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.home import PAYLOAD_INDEXES, SCHEMA_VERSION, Fingerprint
from langgraph_roleplay.memory.homes.client_calls import ServerCalls
from langgraph_roleplay.memory.homes.migrations import upgraded

__all__ = ["Collections"]

_FROZEN = "frozen_until"
_FREEZE = timedelta(minutes=10)
_PAGE = 256


class Collections:
    """The collections of one server that hold the same in different embeddings.

    Args:
        client: of the server.
        calls: how it is called.
        name: of the server, for errors.
        holding: what they hold (`memory`); nothing crosses to those that hold something else.
        indexed: whether payload indexes are of use there.
    """

    def __init__(
        self, client: AsyncQdrantClient, calls: ServerCalls, *, name: str, holding: str, indexed: bool
    ) -> None:
        self._client = client
        self._call = calls
        self._name = name
        self._alias = f"roleplay-{holding}"
        self._indexed = indexed

    def named(self, fingerprint: Fingerprint) -> str:
        """The name of the collection of an embedding, there or not."""
        slug = re.sub(r"[^a-z0-9]+", "-", fingerprint.embedding.lower()).strip("-")
        return f"{self._alias}-{slug[:80]}-{fingerprint.dimension}"

    async def current(self) -> str | None:
        """The collection in use."""
        aliases = await self._call(self._client.get_aliases)
        return {alias.alias_name: alias.collection_name for alias in aliases.aliases}.get(self._alias)

    async def all(self) -> list[str]:
        """Every collection of ours."""
        found = await self._call(self._client.get_collections)
        return sorted(one.name for one in found.collections if one.name.startswith(f"{self._alias}-"))

    async def metadata(self, collection: str) -> dict[str, Any]:
        """What a collection was made with."""
        info = await self._call(lambda: self._client.get_collection(collection))
        return info.config.metadata or {}

    async def checked(self, collection: str, fingerprint: Fingerprint | None) -> Fingerprint:
        """The embedding of a collection, once it is sure that we can read it and that it is the expected one.

        Raises:
            MemoryUnavailable: it is of another embedding, or of a newer schema.
        """
        metadata = await self.metadata(collection)
        schema = metadata.get("schema", 0)
        if schema > SCHEMA_VERSION:
            raise MemoryUnavailable(
                f"the memories at {self._name} have schema {schema}, this version reads up to {SCHEMA_VERSION}: upgrade"
            )
        made_with = Fingerprint(str(metadata.get("embedding")), int(metadata.get("dimension", 0)))
        if fingerprint is not None and made_with != fingerprint:
            raise MemoryUnavailable(
                f"the memories at {self._name} were made with the embedding {made_with}, but {fingerprint} is set: "
                "set the one they were made with, or embed them anew with `roleplay memory reindex`"
            )
        if schema < SCHEMA_VERSION:
            await self._migrate(collection)
        return made_with

    async def ensure(self, fingerprint: Fingerprint) -> str:
        """The collection of an embedding, made if there is none, with every index that filters need."""
        name = self.named(fingerprint)
        if not await self._call(lambda: self._client.collection_exists(name)):
            dense = models.VectorParams(size=fingerprint.dimension, distance=models.Distance.COSINE)
            await self._call(
                lambda: self._client.create_collection(
                    name,
                    vectors_config={"dense": dense},
                    sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
                    metadata={**fingerprint._asdict(), "schema": SCHEMA_VERSION},
                )
            )
        await self._index(name)
        return name

    async def use(self, collection: str) -> None:
        """Let the alias point to a collection, atomically."""
        delete = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self._alias))
        create = models.CreateAliasOperation(
            create_alias=models.CreateAlias(collection_name=collection, alias_name=self._alias)
        )
        operations: list[Any] = [delete, create] if await self.current() else [create]
        await self._call(lambda: self._client.update_collection_aliases(operations))

    async def drop_others(self, collection: str) -> None:
        """Remove every collection of ours but this one."""
        for name in [name for name in await self.all() if name != collection]:
            await self._call(partial(self._client.delete_collection, name))

    async def freeze(self, collection: str) -> None:
        """Let nobody write to a collection for ten minutes."""
        until = (datetime.now(UTC) + _FREEZE).isoformat()
        await self._call(lambda: self._client.update_collection(collection, metadata={_FROZEN: until}))

    async def is_frozen(self, collection: str) -> bool:
        """Whether writes to a collection count for nothing now."""
        until = (await self.metadata(collection)).get(_FROZEN)
        return until is not None and datetime.fromisoformat(until) > datetime.now(UTC)

    async def _index(self, collection: str) -> None:
        for field, kind in PAYLOAD_INDEXES.items() if self._indexed else ():
            tenant = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
            schema = tenant if kind == "tenant" else models.PayloadSchemaType(kind)
            await self._call(partial(self._client.create_payload_index, collection, field, schema))

    async def _migrate(self, collection: str) -> None:
        """Bring every payload to our schema; the collection says so last, so what is broken off is taken up again."""
        await self._index(collection)
        start: Any = None
        while True:
            records, start = await self._call(partial(self._client.scroll, collection, limit=_PAGE, offset=start))
            old = [record for record in records if (record.payload or {})["schema"] < SCHEMA_VERSION]
            changes = [
                models.SetPayloadOperation(
                    set_payload=models.SetPayload(payload=upgraded(record.payload or {}), points=[record.id])
                )
                for record in old
            ]
            if changes:
                await self._call(partial(self._client.batch_update_points, collection, changes, wait=True))
            if start is None:
                break
        schema = {"schema": SCHEMA_VERSION}
        await self._call(lambda: self._client.update_collection(collection, metadata=schema))
