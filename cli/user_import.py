"""`roleplay user import`: who the user is in SillyTavern."""

import sys
from pathlib import Path

import typer

from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.users import UserLibrary, read_export
from langgraph_roleplay.settings import Settings

__all__ = ["import_export"]


def import_export(file: Path, *, settings: Settings) -> bool:
    """Keep everybody of an export and say so; whether all of them could be kept.

    Raises:
        PersonaError: the file can't be read, or is no export.
    """
    try:
        content = file.expanduser().read_bytes()
    except OSError as error:
        raise PersonaError(f"{file} can't be read ({error.strerror}).") from error
    arrivals = [(arrival.name, arrival.description) for arrival in read_export(content, label=file.name)]
    complete = True
    for outcome in UserLibrary(settings.users).add_all(arrivals):
        if isinstance(outcome, PersonaError):
            complete = False
            sys.stderr.write(f"left out: {visible(str(outcome))}\n")
        else:
            typer.echo(visible(f"{outcome.name} is kept as {outcome.id}"))
    return complete
