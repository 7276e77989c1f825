"""Models: chat models and embeddings by name, the two embedded ones, and their weights.

Importing this folder imports no model library; each name is fetched from its module when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_roleplay.models.chat import load_chat_model
    from langgraph_roleplay.models.counting import Tokens, tokens_of
    from langgraph_roleplay.models.embeddings import load_embeddings
    from langgraph_roleplay.models.failures import model_errors, raise_if_blocking
    from langgraph_roleplay.models.ladder import Answer, LadderMemory, ask_structured, refuses_request
    from langgraph_roleplay.models.naming import name_of
    from langgraph_roleplay.models.profile import ModelProfile, profile_of
    from langgraph_roleplay.models.providers import Provider, find_providers
    from langgraph_roleplay.models.pull import pull_model
    from langgraph_roleplay.models.roles import fit_roles
    from langgraph_roleplay.models.scripted import ScriptedChatModel, ScriptedEmbeddings
    from langgraph_roleplay.models.usage import UsageMeter, count_usage
    from langgraph_roleplay.models.warm import warm_prefix
    from langgraph_roleplay.models.weights import ModelFile, list_models, remove_model

__all__ = [
    "Answer",
    "LadderMemory",
    "ModelFile",
    "ModelProfile",
    "Provider",
    "ScriptedChatModel",
    "ScriptedEmbeddings",
    "Tokens",
    "UsageMeter",
    "ask_structured",
    "count_usage",
    "find_providers",
    "fit_roles",
    "list_models",
    "load_chat_model",
    "load_embeddings",
    "model_errors",
    "name_of",
    "profile_of",
    "pull_model",
    "raise_if_blocking",
    "refuses_request",
    "remove_model",
    "tokens_of",
    "warm_prefix",
]

_HOMES = {
    "chat": ("load_chat_model",),
    "counting": ("Tokens", "tokens_of"),
    "embeddings": ("load_embeddings",),
    "failures": ("model_errors", "raise_if_blocking"),
    "ladder": ("Answer", "LadderMemory", "ask_structured", "refuses_request"),
    "naming": ("name_of",),
    "profile": ("ModelProfile", "profile_of"),
    "providers": ("Provider", "find_providers"),
    "pull": ("pull_model",),
    "roles": ("fit_roles",),
    "scripted": ("ScriptedChatModel", "ScriptedEmbeddings"),
    "usage": ("UsageMeter", "count_usage"),
    "warm": ("warm_prefix",),
    "weights": ("ModelFile", "list_models", "remove_model"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
