"""Who: the persona model, its readers, the lore engine and the built-in cast."""

from langgraph_roleplay.personas.card import Asset, Lorebook, LoreEntry, Persona, make_slug
from langgraph_roleplay.personas.cards import assets_of, load_persona, read_asset, save_persona
from langgraph_roleplay.personas.library import PersonaLibrary
from langgraph_roleplay.personas.macros import MacroScene, expand, for_scan, lasting_macros, substitute

__all__ = [
    "Asset",
    "LoreEntry",
    "Lorebook",
    "MacroScene",
    "Persona",
    "PersonaLibrary",
    "assets_of",
    "expand",
    "for_scan",
    "lasting_macros",
    "load_persona",
    "make_slug",
    "read_asset",
    "save_persona",
    "substitute",
]
