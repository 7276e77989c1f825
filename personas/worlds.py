"""Worlds: the lorebook that a card of SillyTavern names, and often has a copy of."""

from langgraph_roleplay.personas.card import Persona

__all__ = ["has_world", "world_named"]


def world_named(persona: Persona) -> str:
    """Return the name of the lorebook that a card calls its world; empty if it names none."""
    world = persona.extensions.get("world")
    return world.strip() if isinstance(world, str) else ""


def has_world(persona: Persona) -> bool:
    """Whether the world that a card names is in the card itself: a book of the same name stands for it."""
    own, world = persona.character_book, world_named(persona)
    return bool(world) and own is not None and own.name.strip() == world
