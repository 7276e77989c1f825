"""Finding by meaning: passages of documents, entries of lore, and characters by what they are."""

from langgraph_roleplay.personas.finding.library import Library
from langgraph_roleplay.personas.finding.records import Attached, FoundPersona

__all__ = ["Attached", "FoundPersona", "Library"]
