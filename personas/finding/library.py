"""The library: what stands behind characters and is found by meaning. It is no one's memory.

It has the engine of the memory bank and a home of its own (a folder, or a collection on the server), so that nothing
of it is in a user's memories: not in what is forgotten, exported, counted or limited.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from langchain_core.embeddings import Embeddings

from langgraph_roleplay.memory import Memory, MemoryBank, RecalledMemory
from langgraph_roleplay.memory.homes.opening import home_exists
from langgraph_roleplay.memory.keeping.limits import Limits
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS
from langgraph_roleplay.personas.card import Persona
from langgraph_roleplay.personas.documents import Document
from langgraph_roleplay.personas.finding.cast import CastIndex
from langgraph_roleplay.personas.finding.lore import LoreIndex
from langgraph_roleplay.personas.finding.passages import Passages
from langgraph_roleplay.personas.finding.records import Attached, FoundPersona, Progress

__all__ = ["HOLDING", "LIBRARY_WEIGHTS", "Library"]

HOLDING = "library"
"""What the collection is called on a server, after `roleplay-`."""
LIBRARY_WEIGHTS = DEFAULT_WEIGHTS.model_copy(
    update={
        "candidates": 60,
        "without_names": False,  # the title of a document would be taken out, and Alice with it
        "speaker": 0.0,
        "date": 0.0,
        "asks": 0.0,
        "answer": 0.0,
        "session": 0.0,
        "length": 0.0,
        "recency": 0.0,
        "importance": 0.0,
    }
)
"""A book has no speakers, days or answers; what counts is the passage, and a little what stands before and after."""
_LIMITS = Limits(memories=5_000_000, bytes=20_000_000_000)
"""The operator attaches, not a user."""


class Library:
    """Documents, lore and the cast, to be found by meaning. Use it in the event loop that opened it.

    Every method raises MemoryUnavailable when the home fails; what the embedding model raises passes through.
    """

    def __init__(self, bank: MemoryBank) -> None:
        self.bank = bank
        self._passages = Passages(bank)
        self._lore = LoreIndex(bank)
        self._cast = CastIndex(bank)

    @classmethod
    async def open(cls, location: str | Path, *, embeddings: Embeddings, api_key: str | None = None) -> "Library":
        """Open a library; one that isn't there is made. See `MemoryBank.open`."""
        return cls(
            await MemoryBank.open(
                location,
                embeddings=embeddings,
                api_key=api_key,
                limits=_LIMITS,
                weights=LIBRARY_WEIGHTS,
                holding=HOLDING,
            )
        )

    @classmethod
    async def exists(cls, location: str | Path, *, api_key: str | None = None) -> bool:
        """Whether anything was ever put into a library; none is made. A folder is asked in no time.

        Raises:
            MemoryUnavailable: the server can't be reached.
        """
        return await home_exists(location, api_key=api_key, holding=HOLDING)

    async def attach(self, character: str, document: Document, *, progress: Progress | None = None) -> Attached:
        """Let a document stand behind a character; one of the same file name that says something else is replaced."""
        return await self._passages.attach(character, document, progress=progress)

    async def detach(self, character: str, document_id: str) -> int:
        """Take a document away; returns how many passages it had."""
        return await self._passages.detach(character, document_id)

    async def documents(self, character: str) -> list[Attached]:
        """What stands behind a character, by title."""
        return await self._passages.documents(character)

    async def passages(
        self, character: str, query: str, *, story_time: float | None = None, k: int = 3
    ) -> list[RecalledMemory]:
        """The passages that tell most about a query, best first; none from chapters later than `story_time`."""
        return await self._passages.search(character, query, story_time=story_time, k=k)

    async def fetch(self, character: str, ids: Sequence[str], *, story_time: float | None = None) -> list[Memory]:
        """The passages with these ids, in this order; those that were just found are not read again."""
        return await self._passages.fetch(character, ids, story_time=story_time)

    async def index_lore(self, texts: Collection[str], *, seconds: float | None = None) -> int:
        """Let entries of lore be found by meaning; it costs next to nothing where all of them can be already.

        Args:
            texts: of the entries.
            seconds: after which no more are begun; None: all are indexed.

        Returns:
            How many are still to be indexed.
        """
        return await self._lore.index(texts, seconds=seconds)

    async def find_lore(
        self, query: str, entries: Mapping[str, str], *, k: int = 5, threshold: float = 0.3
    ) -> dict[str, float]:
        """Uids of the entries (texts by uid) nearest in meaning, with their cosine, from `threshold` on.

        Those that are not indexed are not found.
        """
        return await self._lore.find(query, entries, k=k, threshold=threshold)

    async def index_cast(self, personas: Sequence[Persona], *, progress: Progress | None = None) -> int:
        """Let these characters be found; returns how many were new or had changed."""
        return await self._cast.index(personas, progress=progress)

    async def search_cast(self, query: str, personas: Sequence[Persona], *, k: int = 5) -> list[FoundPersona]:
        """Those of these characters that fit a description or a situation best, best first; none if nothing fits.

        Those that are not indexed are indexed first. The same objects again within a minute cost nothing.
        """
        return await self._cast.search(query, personas, k=k)

    async def close(self) -> None:
        """Let go of connections."""
        await self.bank.close()
