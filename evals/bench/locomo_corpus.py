"""LoCoMo's conversations in a bank on Qdrant Edge, with a user each."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from langchain_core.embeddings import Embeddings

from langgraph_roleplay.evals.bench.locomo_data import Conversation
from langgraph_roleplay.memory import Memory, MemoryBank, Scope
from langgraph_roleplay.memory.ranking.weights import Weights
from langgraph_roleplay.memory.vectors import Vectorizer

__all__ = ["Corpus", "filled", "scope_of"]

_CHARACTER = "listener"


class Corpus(NamedTuple):
    """Conversations, kept in a bank with a user each."""

    conversations: list[Conversation]
    bank: MemoryBank
    vectorizer: Vectorizer
    embeddings: Embeddings
    turns: dict[str, str]
    """Ids of turns by ids of memories."""

    def at(self, weights: Weights) -> MemoryBank:
        """The same memories, ranked with other weights."""
        return MemoryBank(self.bank.home, vectorizer=self.vectorizer, weights=weights)


@asynccontextmanager
async def filled(conversations: list[Conversation], *, embeddings: Embeddings) -> AsyncIterator[Corpus]:
    """Keep all turns, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        bank = await MemoryBank.open(Path(folder) / "memory", embeddings=embeddings)
        try:
            memories = [memory for conversation in conversations for memory in _memories(conversation)]
            await bank.remember(memories)
            turns = {memory.id: memory.message_id or "" for memory in memories}
            yield Corpus(conversations, bank, await Vectorizer.create(embeddings), embeddings, turns)
        finally:
            await bank.close()


def _memories(conversation: Conversation) -> Iterator[Memory]:
    for number, turn in enumerate(conversation.turns):
        yield Memory(
            text=turn.text,
            speaker=turn.speaker,
            character=_CHARACTER,
            user=conversation.name,
            thread=conversation.name,
            turn=number,
            session=turn.session,
            at=turn.at,
            message_id=turn.id,
        )


def scope_of(conversation: Conversation) -> Scope:
    """The user of a conversation and the character that listened to it."""
    return Scope(character=_CHARACTER, user=conversation.name)
