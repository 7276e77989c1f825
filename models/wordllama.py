"""The embedded embeddings: wordllama's word vectors, averaged; weights and tokenizer are in its wheel."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from langchain_core.embeddings import Embeddings

from langgraph_roleplay.errors import ModelError

__all__ = ["WordLlamaEmbeddings"]

_DIMENSION = 256
_WEIGHTS = "l2_supercat_256.safetensors"
_TOKENIZER = "l2_supercat_tokenizer_config.json"
_INLINE_CHARACTERS = 2000
"""A millisecond or two of work; more than that goes to a thread."""

_loading = threading.Lock()


class WordLlamaEmbeddings(Embeddings):
    """256 floats of length 1 per text; texts without a known word get a fixed vector.

    The vectors are loaded once per process, at the construction of the first object.

    Raises:
        ModelError: wordllama is missing, or its wheel doesn't hold the files we know.
    """

    model = "wordllama"
    """What a memory that was made with these is told by, whatever this class is called."""

    def __init__(self) -> None:
        with _loading:
            self._model = _load()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of 256 floats for each text."""
        return _normalised(self._model.embed([_clean(text) for text in texts])) if texts else []

    def embed_query(self, text: str) -> list[float]:
        """One vector of 256 floats."""
        return self.embed_documents([text])[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """As `embed_documents`; what would hold the event loop goes to a thread."""
        if sum(map(len, texts)) <= _INLINE_CHARACTERS:
            return self.embed_documents(texts)
        return await asyncio.to_thread(self.embed_documents, texts)

    async def aembed_query(self, text: str) -> list[float]:
        """As `embed_query`; what would hold the event loop goes to a thread."""
        return (await self.aembed_documents([text]))[0]


def _clean(text: str) -> str:
    """Without lone surrogates, which the tokenizer can't encode."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _normalised(vectors: Any) -> list[list[float]]:
    """Rows of length 1, from a float array of shape (texts, 256); a row of zeros becomes the first unit vector."""
    import numpy as np  # noqa: PLC0415 - comes with wordllama

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.where(lengths > 0, vectors / np.maximum(lengths, 1e-12), np.eye(1, vectors.shape[1]))
    rows: list[list[float]] = vectors.astype(np.float32).tolist()
    return rows


@cache
def _load() -> Any:
    try:
        with _quiet_logging():
            from safetensors.numpy import load_file  # noqa: PLC0415 - comes with wordllama
            from tokenizers import Tokenizer  # noqa: PLC0415 - comes with wordllama
            from wordllama.inference import WordLlamaInference  # noqa: PLC0415 - optional and heavy
    except ImportError as error:
        raise ModelError("embedded:wordllama needs: pip install 'langgraph-roleplay[embedded]'.") from error
    package = files("wordllama")
    # Its own loader looks for the tokenizer in a folder of another name, and then asks the hub.
    try:
        with as_file(package / "weights" / _WEIGHTS) as weights, as_file(package / "tokenizers" / _TOKENIZER) as words:
            return WordLlamaInference(load_file(weights)["embedding.weight"], Tokenizer.from_file(str(words)))
    except (OSError, KeyError) as error:
        raise ModelError(f"This wordllama doesn't hold the files we know ({error}); install 0.4.0.post1.") from error


@contextmanager
def _quiet_logging() -> Iterator[None]:
    """Undo what the import does to the root logger: `basicConfig(level=INFO)` adds a handler and a level."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
