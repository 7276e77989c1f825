"""A role-playing turn as a LangGraph state machine.

    from langgraph_roleplay import Context, graph
    await graph.ainvoke({"messages": "Who are you?"}, context=Context(persona="sherlock-holmes"))

The façade: what a host needs, and nothing else. Names are loaded when they are first asked for, so that
`import langgraph_roleplay` costs nothing and opens nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langgraph_roleplay.context import Context
    from langgraph_roleplay.errors import (
        MemoryFull,
        MemoryUnavailable,
        ModelError,
        PersonaError,
        RoleplayError,
        SettingsError,
    )
    from langgraph_roleplay.graphs.reminisce import create_reminisce_builder
    from langgraph_roleplay.graphs.roleplay import builder, create_roleplay_builder, graph
    from langgraph_roleplay.memory import Forgotten, Memory, MemoryBank, RecalledMemory, Scope, Selection, Why
    from langgraph_roleplay.models import (
        ScriptedChatModel,
        ScriptedEmbeddings,
        load_chat_model,
        load_embeddings,
    )
    from langgraph_roleplay.personas import Persona, PersonaLibrary, load_persona, save_persona
    from langgraph_roleplay.personas.documents import load_document
    from langgraph_roleplay.personas.finding import Library
    from langgraph_roleplay.personas.lore import LoreScan, ScannedMessage, activate_lore, compile_lore
    from langgraph_roleplay.personas.lorebooks import load_lorebook, save_lorebook
    from langgraph_roleplay.safety import Policy
    from langgraph_roleplay.settings import Settings, read_settings
    from langgraph_roleplay.state import InputState, OutputState, State
    from langgraph_roleplay.tools import (
        create_roll_dice_tool,
        create_search_cast_tool,
        create_search_memory_tool,
        create_tell_time_tool,
    )
    from langgraph_roleplay.tracing import withhold_crisis

__all__ = [
    "Context",
    "Forgotten",
    "InputState",
    "Library",
    "LoreScan",
    "Memory",
    "MemoryBank",
    "MemoryFull",
    "MemoryUnavailable",
    "ModelError",
    "OutputState",
    "Persona",
    "PersonaError",
    "PersonaLibrary",
    "Policy",
    "RecalledMemory",
    "RoleplayError",
    "ScannedMessage",
    "Scope",
    "ScriptedChatModel",
    "ScriptedEmbeddings",
    "Selection",
    "Settings",
    "SettingsError",
    "State",
    "Why",
    "activate_lore",
    "builder",
    "compile_lore",
    "create_reminisce_builder",
    "create_roleplay_builder",
    "create_roll_dice_tool",
    "create_search_cast_tool",
    "create_search_memory_tool",
    "create_tell_time_tool",
    "graph",
    "load_chat_model",
    "load_document",
    "load_embeddings",
    "load_lorebook",
    "load_persona",
    "read_settings",
    "save_lorebook",
    "save_persona",
    "withhold_crisis",
]

_HOMES = {
    "context": ["Context"],
    "errors": ["MemoryFull", "MemoryUnavailable", "ModelError", "PersonaError", "RoleplayError", "SettingsError"],
    "graphs.reminisce": ["create_reminisce_builder"],
    "graphs.roleplay": ["builder", "create_roleplay_builder", "graph"],
    "memory": ["Forgotten", "Memory", "MemoryBank", "RecalledMemory", "Scope", "Selection", "Why"],
    "models": ["ScriptedChatModel", "ScriptedEmbeddings", "load_chat_model", "load_embeddings"],
    "personas": ["Persona", "PersonaLibrary", "load_persona", "save_persona"],
    "personas.documents": ["load_document"],
    "personas.finding": ["Library"],
    "personas.lore": ["LoreScan", "ScannedMessage", "activate_lore", "compile_lore"],
    "personas.lorebooks": ["load_lorebook", "save_lorebook"],
    "safety": ["Policy"],
    "settings": ["Settings", "read_settings"],
    "state": ["InputState", "OutputState", "State"],
    "tools": ["create_roll_dice_tool", "create_search_cast_tool", "create_search_memory_tool", "create_tell_time_tool"],
    "tracing": ["withhold_crisis"],
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
