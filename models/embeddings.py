"""`provider:model` into embeddings."""

from typing import Any

from langchain_core.embeddings import Embeddings

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models.spec import EMBEDDED, ModelSpec, parse_spec
from langgraph_roleplay.models.unusable import explained
from langgraph_roleplay.settings import Settings, read_settings

__all__ = ["load_embeddings"]


def load_embeddings(spec: str, *, settings: Settings | None = None) -> Embeddings:
    """Load the embeddings `provider:model`: `embedded:wordllama`, or any that LangChain knows.

    It blocks (about a second of imports for wordllama, once per process), so call it from a thread in async code.

    Raises:
        ModelError: the provider, its package or its key is missing; the text says how to mend it.
    """
    parsed = parse_spec(spec)
    if parsed.provider != EMBEDDED:
        return _load_remote(parsed, timeout=(settings or read_settings()).model_timeout)
    if parsed.name != "wordllama":
        raise ModelError(f"Unknown embedded embeddings {parsed.name!r}; there is embedded:wordllama.")
    from langgraph_roleplay.models.wordllama import WordLlamaEmbeddings  # noqa: PLC0415 - imports numpy

    return WordLlamaEmbeddings()


def _load_remote(spec: ModelSpec, *, timeout: float) -> Embeddings:
    from langchain.embeddings import init_embeddings  # noqa: PLC0415 - slow to import

    limits: dict[str, Any] = {"timeout": timeout, "max_retries": 1} if spec.provider == "openai" else {}
    with explained(spec):
        return init_embeddings(spec.name, provider=spec.provider, **limits)
