"""A question with yes or no, put to whoever sits there."""

import sys

import typer

from langgraph_roleplay.cli.harmless import visible

__all__ = ["agreed"]


def agreed(question: str, *, yes: bool) -> bool:
    """Whether the answer is yes; `yes` has said so beforehand.

    Raises:
        typer.BadParameter: nobody can be asked.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here: say --yes.")
    return typer.confirm(visible(question))
