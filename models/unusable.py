"""Why LangChain couldn't build a model, in one sentence that says what mends it."""

from collections.abc import Iterator
from contextlib import contextmanager

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models.failures import model_errors
from langgraph_roleplay.models.providers import key_of
from langgraph_roleplay.models.spec import KNOWN_PROVIDERS, ModelSpec, unknown_provider

__all__ = ["explained", "unusable"]


@contextmanager
def explained(spec: ModelSpec) -> Iterator[None]:
    """Turn what goes wrong while `spec` is built into a ModelError."""
    try:
        yield
    except (ImportError, ValueError) as error:
        raise unusable(spec, error) from error
    except model_errors() as error:
        raise unusable(spec, error) from error


def unusable(spec: ModelSpec, error: BaseException) -> ModelError:
    """The error for `spec`, from the one that LangChain or the provider's package raised."""
    if isinstance(error, ImportError):
        return ModelError(f"{spec} needs another package: pip install {_package(spec.provider, error)}")
    if spec.provider not in KNOWN_PROVIDERS:
        return unknown_provider(spec)
    key = key_of(spec.provider)
    if key and (key in str(error) or "api_key" in str(error)):
        return ModelError(f"{spec} needs a key: export {key}=…")
    return ModelError(f"{spec} can't be used: {' '.join(str(error).split())[:300]}")


def _package(provider: str, error: ImportError) -> str:
    """The package that LangChain's error names, as its own text ends: "… pip install langchain-x`"."""
    _, found, rest = str(error).partition("pip install ")
    return rest.split()[-1].strip("`'\".") if found else f"langchain-{provider.replace('_', '-')}"
