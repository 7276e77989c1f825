"""Model names: `provider:model`, and the nearest providers to one that is unknown."""

from difflib import get_close_matches
from typing import NamedTuple

from langgraph_roleplay.errors import ModelError

__all__ = ["EMBEDDED", "KNOWN_PROVIDERS", "ModelSpec", "parse_spec", "unknown_provider"]

EMBEDDED = "embedded"

KNOWN_PROVIDERS = (
    EMBEDDED,
    "anthropic",
    "azure_ai",
    "azure_openai",
    "bedrock",
    "bedrock_converse",
    "cohere",
    "deepseek",
    "fireworks",
    "google_genai",
    "google_vertexai",
    "groq",
    "huggingface",
    "ibm",
    "litellm",
    "mistralai",
    "nvidia",
    "ollama",
    "openai",
    "openrouter",
    "perplexity",
    "together",
    "upstage",
    "xai",
)
"""LangChain's providers and our own; used for advice only, one that LangChain adds later works too."""

_OTHER_NAMES = {
    "chatgpt": "openai",
    "claude": "anthropic",
    "gemini": "google_genai",
    "google": "google_genai",
    "gpt": "openai",
    "grok": "xai",
    "local": EMBEDDED,
    "mistral": "mistralai",
}


class ModelSpec(NamedTuple):
    """The two halves of `provider:model`."""

    provider: str
    name: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


def parse_spec(spec: str) -> ModelSpec:
    """Split `provider:model` at its first colon.

    Raises:
        ModelError: a half is missing.
    """
    provider, _, name = spec.strip().partition(":")
    if not provider or not name.strip():
        raise ModelError(
            f"{spec!r} is not a model: write provider:model, for example embedded:smollm2 or openai:<model>."
        )
    return ModelSpec(provider.strip().lower().replace("-", "_"), name.strip())


def unknown_provider(spec: ModelSpec) -> ModelError:
    """The error for a provider that LangChain doesn't know, with the nearest names."""
    near = get_close_matches(spec.provider, [*KNOWN_PROVIDERS, *_OTHER_NAMES], n=3, cutoff=0.5)
    names = list(dict.fromkeys(_OTHER_NAMES.get(name, name) for name in near)) or [EMBEDDED, "openai", "ollama"]
    return ModelError(f"Unknown model provider {spec.provider!r} in {str(spec)!r}; nearest: {', '.join(names)}.")
