"""`roleplay cast attach|documents|detach|search`: what stands behind a character, and who fits a description."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]

_Character = Annotated[str, typer.Argument(help="An id or a name.", metavar="CHARACTER")]
_Json = Annotated[bool, typer.Option("--json", help="For programs: JSON.")]


def register(cast_app: typer.Typer) -> None:
    """Add the commands."""
    cast_app.command("attach")(attach_documents)
    cast_app.command("documents")(list_documents)
    cast_app.command("detach")(detach_document)
    cast_app.command("search")(search_cast)


def attach_documents(
    character: _Character,
    paths: Annotated[list[Path], typer.Argument(help="Files: .txt, .md, .html, .pdf or .epub.", metavar="FILE...")],
    *,
    story_time: Annotated[
        float | None,
        typer.Option(help="When the character learns it; earlier scenes don't have it.", show_default="by chapter"),
    ] = None,
    no_story_time: Annotated[
        bool, typer.Option("--no-story-time", help="It is all known all along; chapters don't count.")
    ] = False,
) -> None:
    """Let documents stand behind a character: in each turn it is given the passages that matter.

    A chapter's number is its story time, so that a scene in chapter 3 knows nothing of chapter 4. A file that was
    attached before is replaced if it has changed. `detach` undoes it.
    """
    from langgraph_roleplay.cli.attaching import attach_files  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    if story_time is not None and no_story_time:
        raise typer.BadParameter("--story-time and --no-story-time exclude each other", param_hint="--story-time")
    timed = None if story_time is None and not no_story_time else (story_time,)
    if not attach_files(character, paths, settings=read_settings(), timed=timed):
        raise typer.Exit(1)


def list_documents(character: _Character, as_json: _Json = False) -> None:
    """List the documents that stand behind a character."""
    from langgraph_roleplay.cli.attaching import print_documents  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    print_documents(character, settings=read_settings(), as_json=as_json)


def detach_document(
    character: _Character,
    document: Annotated[str, typer.Argument(help="Its id, title or file name.", metavar="DOCUMENT")],
) -> None:
    """Take a document away from a character; attaching its file again undoes it."""
    from langgraph_roleplay.cli.attaching import detach  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    detach(character, document, settings=read_settings())


def search_cast(
    query: Annotated[str, typer.Argument(help="A description or a situation: 'a sailor who hates the sea'.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 5,
    as_json: _Json = False,
) -> None:
    """Find characters by what they are; the exit code is 1 if none fits."""
    from langgraph_roleplay.cli.searching import print_found  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    if not print_found(query, limit=limit, settings=read_settings(), as_json=as_json):
        raise typer.Exit(1)
