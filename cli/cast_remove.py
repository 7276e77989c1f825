"""`roleplay cast remove` and `restore`."""

from collections.abc import Sequence
from datetime import datetime
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


def remove(refs: Sequence[str], *, settings: Settings, yes: bool) -> None:
    """Move the files of characters or lorebooks out of the folder: all of them or, if one can't be found, none.

    Raises:
        PersonaError: there is no such one, it is a built-in one, or it can't be moved.
    """
    files = list(dict.fromkeys(_own_file(ref, settings) for ref in refs))
    if not agreed(f"Remove {', '.join(file.name for file in files)}?", yes=yes):
        typer.echo("Nothing was removed.")
        return
    for file in files:
        removed_cards(settings).take(file)
        name = make_slug(file.stem)
        typer.echo(visible(typeable(f"Removed {name}; to bring it back: roleplay cast restore {name}")))
        if any(persona.id == name for persona in built_in_cast()):
            typer.echo(f"The built-in {name} is there again.")


def restore(refs: Sequence[str], *, settings: Settings) -> None:
    """Bring back what was removed or replaced; what stands in its place is kept in turn.

    Args:
        refs: ids, for what was removed last under them, or `id@2` for what was before that; none lists them.
        settings: where they are.

    Raises:
        PersonaError: nothing was removed under one of them, or it can't be moved.
    """
    removed = removed_cards(settings)
    if not refs:
        rows = [(one.ref, _when(one.at), one.path.name) for one in removed.versions()]
        print_table(("id", "removed", "file"), rows)
        return
    for file in dict.fromkeys(map(removed.find, refs)):
        target, replaced = removed.bring_back(file, settings.cast)
        name = make_slug(target.stem)
        kept = f"; what was there is kept: roleplay cast restore {name} brings it back" if replaced else ""
        typer.echo(visible(typeable(f"Restored {name}{kept}.")))


def _when(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else ""


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
