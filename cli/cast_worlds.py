"""Worlds that cards name and that are not here: what to type to bring them."""

from collections.abc import Iterable, Sequence

from langgraph_roleplay.personas import Lorebook, Persona, PersonaLibrary, make_slug
from langgraph_roleplay.personas.importing import Imported
from langgraph_roleplay.personas.worlds import world_named

__all__ = ["missing_worlds", "worlds_after_import"]


def missing_worlds(personas: Iterable[Persona], library: PersonaLibrary) -> tuple[str, ...]:
    """One sentence for each world that is missing."""
    named = {world: persona for persona in personas if (world := library.missing_world(persona))}
    return tuple(
        f"{persona.display_name} names the world {world[:80]!r}, which is not here: "
        f"roleplay cast import FILE --id {make_slug(world) or 'ID'}"
        for world, persona in named.items()
    )


def worlds_after_import(done: Sequence[Imported], library: PersonaLibrary) -> tuple[str, ...]:
    """What is missing of those that were imported; after a lorebook that no card names, of everybody.

    The file of a world often has another name than the world, and no name inside.
    """
    brought = [one.content for one in done if isinstance(one.content, Persona)]
    return missing_worlds(library.list() if any(_is_nobodys(one, library) for one in done) else brought, library)


def _is_nobodys(done: Imported, library: PersonaLibrary) -> bool:
    if not isinstance(done.content, Lorebook):
        return False
    names = {make_slug(done.content.name), done.id}
    return names.isdisjoint(make_slug(world_named(persona)) for persona in library.list())
