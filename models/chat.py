"""`provider:model` into a chat model."""

from typing import Any

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models.providers import key_of
from langgraph_roleplay.models.spec import EMBEDDED, ModelSpec, parse_spec
from langgraph_roleplay.models.unusable import explained
from langgraph_roleplay.settings import Settings, read_settings

__all__ = ["load_chat_model"]

_RETRIES = 1


def load_chat_model(spec: str, *, settings: Settings | None = None) -> BaseChatModel:
    """Load the chat model `provider:model`: an embedded one, or any that LangChain knows.

    It blocks (imports, and for an embedded model its start or even its download), so call it from a thread in
    async code. Each call returns a new object, because async clients belong to one event loop.

    Args:
        spec: `embedded:smollm2`, `embedded:<pulled model>`, `embedded:/path/to.gguf`, or `provider:model`.
        settings: Timeout and weights folder; read from the environment when left out.

    Raises:
        ModelError: the provider, its package, its key or the weights are missing; the text says how to mend it.
    """
    parsed = parse_spec(spec)
    settings = settings or read_settings()
    if parsed.provider == EMBEDDED:
        from langgraph_roleplay.models.embedded import load_embedded_chat_model  # noqa: PLC0415 - imports openai

        return load_embedded_chat_model(parsed, settings=settings)
    return _load_remote(parsed, timeout=settings.model_timeout)


def _load_remote(spec: ModelSpec, *, timeout: float) -> BaseChatModel:
    from langchain.chat_models import init_chat_model  # noqa: PLC0415 - 2 s that an embedded model needn't wait for

    with explained(spec):
        model: BaseChatModel = init_chat_model(
            spec.name, model_provider=spec.provider, **_limits(spec.provider, timeout)
        )
    if _has_empty_key(model):
        raise ModelError(f"{spec} needs a key: export {key_of(spec.provider) or 'the key of ' + spec.provider}=…")
    return model


def _limits(provider: str, timeout: float) -> dict[str, Any]:
    if provider == "ollama":  # takes them for its HTTP client only
        return {"client_kwargs": {"timeout": timeout}}
    return {"timeout": timeout, "max_retries": _RETRIES}


def _has_empty_key(model: BaseChatModel) -> bool:
    """Whether the model took an empty key without a word, as ChatAnthropic does, to fail at the first call."""
    values = (getattr(model, name) for name in type(model).model_fields if name.endswith("api_key"))
    return any(isinstance(value, SecretStr) and not value.get_secret_value() for value in values)
