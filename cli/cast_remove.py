"""`roleplay cast remove` and `restore`."""

from pathlib import Path

import typer

from langgraph_roleplay.cli.asking import agreed
from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.cli.listing import print_table
from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import PersonaLibrary, make_slug
from langgraph_roleplay.personas.library import built_in_cast
from langgraph_roleplay.personas.removed import RemovedFiles
from langgraph_roleplay.settings import Settings

__all__ = ["remove", "removed_cards", "restore"]


def removed_cards(settings: Settings) -> RemovedFiles:
    """Where removed and replaced cards are kept."""
    return RemovedFiles(settings.home / "removed")


def remove(ref: str, *, settings: Settings, yes: bool) -> None:
    """Move the file of a character or lorebook out of the folder.

    Raises:
        PersonaError: there is no such one, it is a built-in one, or it can't be moved.
    """
    file = _own_file(ref, settings)
    if not agreed(f"Remove {file.name}?", yes=yes):
        typer.echo("Nothing was removed.")
        return
    removed_cards(settings).take(file)
    name = make_slug(file.stem)
    typer.echo(visible(typeable(f"Removed {name}; to bring it back: roleplay cast restore {name}")))
    if any(persona.id == name for persona in built_in_cast()):
        typer.echo(f"The built-in {name} is there again.")


def restore(ref: str | None, *, settings: Settings) -> None:
    """Bring back what was removed last under an id; without one, list what could be.

    Raises:
        PersonaError: nothing was removed under it, or its place is taken.
    """
    removed = removed_cards(settings)
    if ref is None:
        print_table(("id", "file"), [(name, file.name) for name, file in sorted(removed.latest().items())])
        return
    file = removed.bring_back(ref, settings.cast)
    typer.echo(visible(f"Restored {make_slug(file.stem)}."))


def _own_file(ref: str, settings: Settings) -> Path:
    library = PersonaLibrary(settings.cast)
    files = library.folder.all()
    for path in files:
        if ref == path.name or make_slug(ref) == make_slug(path.stem):
            return path
    persona = library.get(ref)
    for path, found in files.items():
        if found is persona:
            return path
    if persona in built_in_cast():
        raise PersonaError(f"{persona.id} is built in and can't be removed; a card of yours with its id hides it.")
    raise PersonaError(f"{ref} is not in {settings.cast}: delete the file yourself.")
