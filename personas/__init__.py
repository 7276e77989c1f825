"""Who: the persona model, its readers, the lore engine and the built-in cast."""

from langgraph_roleplay.personas.card import Asset, Lorebook, LoreEntry, Persona, make_slug
from langgraph_roleplay.personas.files import load_persona
from langgraph_roleplay.personas.library import PersonaLibrary
from langgraph_roleplay.personas.lore import LoreMatch, match_lore
from langgraph_roleplay.personas.macros import substitute

__all__ = [
    "Asset",
    "LoreEntry",
    "LoreMatch",
    "Lorebook",
    "Persona",
    "PersonaLibrary",
    "load_persona",
    "make_slug",
    "match_lore",
    "substitute",
]
