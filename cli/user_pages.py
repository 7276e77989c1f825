"""`roleplay user list` and `show`."""

import sys
from dataclasses import asdict

import typer

from langgraph_roleplay.cli.harmless import print_json, visible
from langgraph_roleplay.cli.listing import print_table, shortened
from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.personas.users import UserLibrary
from langgraph_roleplay.settings import Settings

__all__ = ["print_user", "print_users"]


def print_users(settings: Settings, *, as_json: bool) -> None:
    """Print who the user can be; what is broken goes to stderr."""
    library = UserLibrary(settings.users)
    users = library.list()
    if as_json:
        print_json([asdict(user) for user in users])
    elif users:
        print_table(("id", "name", "who"), [(user.id, user.name, shortened(user.description, 90)) for user in users])
    else:
        sys.stderr.write(typeable("You are nobody in particular yet; `roleplay user add NAME` makes one.\n"))
    for reason in library.broken():
        sys.stderr.write(f"left out: {visible(str(reason))}\n")


def print_user(ref: str, settings: Settings, *, as_json: bool) -> None:
    """Print one of the user's personas.

    Raises:
        PersonaError: there is no such one.
    """
    user = UserLibrary(settings.users).get(ref)
    if as_json:
        print_json(asdict(user))
        return
    typer.echo(typer.style(visible(f"{user.name} ({user.id})"), bold=True))
    if user.description:
        typer.echo(visible(user.description))
    typer.echo(f"\n{typeable(f'roleplay chat --as {user.id}')}")
