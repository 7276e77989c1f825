"""`roleplay user add`, `edit`, `remove` and `restore`."""

import sys
from pathlib import Path

import typer

from langgraph_roleplay.cli.asking import agreed
from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.cli.listing import print_table
from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.users import UserLibrary
from langgraph_roleplay.settings import Settings

__all__ = ["add", "edit", "erase", "read_description", "remove", "restore"]

_LARGEST = 100_000
"""Bytes of a description's file; what may be kept of it is checked later."""


def read_description(text: str | None, file: Path | None) -> str | None:
    """The description that was given, in words or in a file; None if none was.

    Raises:
        typer.BadParameter: both were.
        PersonaError: the file can't be read.
    """
    if text is not None and file is not None:
        raise typer.BadParameter("give --description or --file, not both.")
    if file is None:
        return text
    content = _read_some(file)
    if len(content) > _LARGEST:
        raise PersonaError(f"{file} is larger than {_LARGEST // 1000} kB, too long for a description.")
    try:
        return content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise PersonaError(f"{file} is no UTF-8 text (byte {error.start}).") from error


def add(name: str, description: str, *, settings: Settings) -> None:
    """Keep a new persona of the user.

    Raises:
        PersonaError: name or description won't do, or it is there already.
    """
    user = UserLibrary(settings.users).add(name, description)
    _tell(f"{user.name} is kept as {user.id}: roleplay chat --as {user.id}")


def edit(ref: str, *, name: str | None, description: str | None, settings: Settings) -> None:
    """Change one.

    Raises:
        PersonaError: there is no such one, or name or description won't do.
    """
    user = UserLibrary(settings.users).edit(ref, name=name, description=description)
    _tell(f"{user.id} is now {user.name}, {len(user.description)} characters of description.")


def remove(ref: str, *, settings: Settings) -> None:
    """Take one out of the list.

    Raises:
        PersonaError: there is no such one.
    """
    known = UserLibrary(settings.users).remove(ref)
    _tell(f"Removed {known}; to bring it back: roleplay user restore {known}")


def erase(ref: str, *, settings: Settings, yes: bool) -> None:
    """Delete one for good.

    Raises:
        PersonaError: there is no such one.
    """
    if not agreed(f"Delete {ref} for good?", yes=yes):
        typer.echo("Nothing was deleted.")
        return
    count = UserLibrary(settings.users).erase(ref)
    _tell(f"Deleted {ref} for good ({count} {'file' if count == 1 else 'files'}).")


def restore(ref: str | None, *, settings: Settings) -> None:
    """Bring one back; without an id, list which could be.

    Raises:
        PersonaError: nothing was removed under it, or another one has the id now.
    """
    library = UserLibrary(settings.users)
    if ref is None:
        print_table(("id",), [(known,) for known in library.removed()])
        return
    _tell(f"{library.restore(ref).name} is back, as {ref}.")


def _read_some(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(_LARGEST + 1)
    try:
        with file.expanduser().open("rb") as opened:
            return opened.read(_LARGEST + 1)
    except OSError as error:
        raise PersonaError(f"{file} can't be read ({error.strerror}).") from error


def _tell(line: str) -> None:
    typer.echo(visible(typeable(line)))
