"""Lore: which entries of lorebooks a conversation calls for."""

from langgraph_roleplay.personas.lore.compile import compile_lore
from langgraph_roleplay.personas.lore.engine import activate_lore
from langgraph_roleplay.personas.lore.lore import Lore
from langgraph_roleplay.personas.lore.records import (
    ActivatedEntry,
    LeftOut,
    LoreOutcome,
    LoreScan,
    LoreState,
    ScannedMessage,
)

__all__ = [
    "ActivatedEntry",
    "LeftOut",
    "Lore",
    "LoreOutcome",
    "LoreScan",
    "LoreState",
    "ScannedMessage",
    "activate_lore",
    "compile_lore",
]
