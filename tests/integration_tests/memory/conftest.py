"""Edge folders with an embedding that is nothing but a bag of hashed words."""

import hashlib

import pytest
from langchain_core.embeddings import Embeddings

from langgraph_roleplay.memory import Memory, MemoryBank, Scope
from langgraph_roleplay.memory.homes.edge import EdgeHome
from langgraph_roleplay.memory.moving.all_users import everything
from langgraph_roleplay.memory.selecting import pages
from langgraph_roleplay.memory.vectors import Vectorizer


class BagOfWords(Embeddings):
    """Texts that share words are near; a text without words is a zero vector."""

    def __init__(self, *, model="bag-of-words", dimension=64):
        self.model = model
        self.dimension = dimension

    def embed_query(self, text):
        vector = [0.0] * self.dimension
        for word in "".join(c if c.isalnum() else " " for c in text.lower()).split():
            vector[int.from_bytes(hashlib.md5(word.encode()).digest()[:4], "big") % self.dimension] += 1.0
        return vector

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    async def aembed_query(self, text):
        return self.embed_query(text)

    async def aembed_documents(self, texts):
        return self.embed_documents(texts)


@pytest.fixture
def embeddings():
    return BagOfWords()


@pytest.fixture
async def open_bank(tmp_path, embeddings):
    """Open the folder of this test; every bank is closed at the end, and owners leave half a second later."""
    banks = []

    async def open_(*, embeddings=embeddings, folder=tmp_path / "memory", idle_seconds=0.5):
        vectorizer = await Vectorizer.create(embeddings)
        home = await EdgeHome.open(folder, fingerprint=vectorizer.fingerprint, idle_seconds=idle_seconds)
        banks.append(MemoryBank(home, vectorizer=vectorizer))
        return banks[-1]

    yield open_
    for bank in banks:
        await bank.close()


@pytest.fixture
def scope():
    return Scope(character="holmes", user="anna", thread="t1")


@pytest.fixture
def memory():
    """Build a memory of Holmes and Anna; any field can be set."""

    def build(text, **fields):
        known = {"speaker": "anna", "character": "holmes", "user": "anna", "thread": "t1"}
        return Memory(text=text, **known | fields)

    return build


@pytest.fixture
def contents():
    """Read all of a home: each point's payload and its vectors, rounded, for engines bring them to length one anew."""

    async def read(home):
        found = [hit async for hits in pages(home, everything(), vectors=True) for hit in hits]
        return {hit.id: (hit.payload, _rounded(hit.vector or {})) for hit in found}

    return read


def _rounded(vectors):
    plain = {name: getattr(vector, "__dict__", vector) for name, vector in vectors.items()}
    numbers = {name: vector["values"] if isinstance(vector, dict) else vector for name, vector in plain.items()}
    words = plain.get("bm25", {}).get("indices")
    return {name: [round(float(number), 5) for number in some] for name, some in numbers.items()} | {"words": words}
