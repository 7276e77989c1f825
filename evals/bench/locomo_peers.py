"""What else recalls on LangGraph, asked the same on the same texts and embeddings: stores and LangMem's tool.

None of them knows of speakers, times or sessions; what they keep is the text. They are no dependencies of ours, so
they are imported when they are opened.
"""

import importlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from langchain_core.embeddings import Embeddings
from langgraph.store.memory import InMemoryStore

__all__ = ["PEERS", "Peer", "PeerOpener"]

_SPACE = "memories"


class Peer:
    """A LangGraph store: texts with ids, by tenant, and a search among those of one."""

    def __init__(self, store: Any) -> None:
        self._store = store

    async def put(self, tenant: str, texts: Mapping[str, str]) -> None:
        """Keep texts by id."""
        for known, text in texts.items():
            await self._store.aput((_SPACE, tenant), known, {"text": text})

    async def search(self, tenant: str, query: str, *, k: int) -> list[str]:
        """Ids of the best `k`, best first."""
        return [item.key for item in await self._store.asearch((_SPACE, tenant), query=query, limit=k)]


class _LangMem(Peer):
    """LangMem's search tool on LangGraph's own store, called as a model would call it."""

    async def search(self, tenant: str, query: str, *, k: int) -> list[str]:
        """Ids of the best `k`, best first."""
        tool = importlib.import_module("langmem").create_search_memory_tool((_SPACE, tenant), store=self._store)
        return [item["key"] for item in json.loads(await tool.ainvoke({"query": query, "limit": k}))]


PeerOpener = Callable[[Embeddings, int], Awaitable[Peer]]
"""Opens a peer on embeddings of a dimension. Raises ImportError where its package is missing."""


def _index(embeddings: Embeddings, dimension: int) -> Any:
    return {"dims": dimension, "embed": embeddings, "fields": ["text"]}


async def _open_in_memory(embeddings: Embeddings, dimension: int) -> Peer:
    return Peer(InMemoryStore(index=_index(embeddings, dimension)))


async def _open_langmem(embeddings: Embeddings, dimension: int) -> Peer:
    importlib.import_module("langmem")
    return _LangMem(InMemoryStore(index=_index(embeddings, dimension)))


async def _open_qdrant(embeddings: Embeddings, dimension: int) -> Peer:
    stores, clients = importlib.import_module("langgraph.store.qdrant"), importlib.import_module("qdrant_client")
    store = stores.AsyncQdrantStore(clients.AsyncQdrantClient(":memory:"), index=_index(embeddings, dimension))
    await store.setup()
    return Peer(store)


PEERS: dict[str, PeerOpener] = {
    "InMemoryStore": _open_in_memory,
    "langgraph-store-qdrant": _open_qdrant,
    "LangMem search tool": _open_langmem,
}
