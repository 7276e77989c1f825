"""Character cards of all three versions, in JSON, PNG, APNG and CHARX: read leniently under caps, written whole."""

from langgraph_roleplay.personas.cards.assets import assets_of, read_asset
from langgraph_roleplay.personas.cards.containers import CARD_SUFFIXES
from langgraph_roleplay.personas.cards.loading import load_persona
from langgraph_roleplay.personas.cards.saving import save_persona

__all__ = ["CARD_SUFFIXES", "assets_of", "load_persona", "read_asset", "save_persona"]
