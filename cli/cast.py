"""`roleplay cast`: who there is to talk to, and what they know. What a command needs is imported when it runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from langgraph_roleplay.cli import documents

__all__ = ["cast_app"]

cast_app = typer.Typer(help="Who there is to talk to: import, look, export, trust.", no_args_is_help=True)
documents.register(cast_app)

_Ref = Annotated[str, typer.Argument(help="An id, a name, or the path of a card.", metavar="ID")]
_Refs = Annotated[list[str], typer.Argument(help="Ids, names, or files in the folder.", metavar="ID")]
_Json = Annotated[bool, typer.Option("--json", help="For programs: JSON.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


@cast_app.command("list")
def list_cast(as_json: _Json = False) -> None:
    """List the characters and lorebooks: yours and the built-in ones."""
    from langgraph_roleplay.cli.cast_pages import print_cast  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    print_cast(read_settings(), as_json=as_json)


@cast_app.command("show")
def show_persona(ref: _Ref, as_json: _Json = False) -> None:
    """Show a character's card, or a lorebook, with what to know before trusting it."""
    from langgraph_roleplay.cli.cast_show import print_card  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    print_card(ref, read_settings(), as_json=as_json)


@cast_app.command("import")
def import_cards(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Cards (PNG, APNG, JSON, CHARX, JPEG), lorebooks, folders of them.", metavar="FILE"),
    ],
    *,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Look into folders in folders, too.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of another card of the same id.")] = False,
    as_id: Annotated[
        str,
        typer.Option("--id", help="What one file is to be called.", show_default="the character's name", metavar="ID"),
    ] = "",
) -> None:
    """Import characters and lorebooks; the files themselves stay as they are.

    What can't be read is said in one line each, all others are imported, and the exit code is 1.
    """
    from langgraph_roleplay.cli.cast_import import import_files  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    if not import_files(paths, settings=read_settings(), recursive=recursive, replace=replace, as_id=as_id):
        raise typer.Exit(1)


@cast_app.command("export")
def export_card(
    ref: _Ref,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            help="The file: .json, .png, .apng, .charx, .jpg; - is JSON on stdout.",
            show_default="ID.png or ID.json, here",
        ),
    ] = None,
    spec: Annotated[Literal["v1", "v2", "v3"], typer.Option(help="Version of a card.")] = "v3",
    form: Annotated[
        Literal["lorebook_v3", "world_info", "risuai", "agnai"], typer.Option("--format", help="Format of a lorebook.")
    ] = "lorebook_v3",
    picture: Annotated[Path | None, typer.Option(help="A PNG or JPEG to put the card into.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file that is there already.")] = False,
) -> None:
    """Write a character's card, or a lorebook, to a file for other programs; built-in ones too."""
    from langgraph_roleplay.cli.cast_export import export  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    export(ref, to=to, spec=spec, form=form, picture=picture, replace=replace, settings=read_settings())


@cast_app.command("remove")
def remove_cards(refs: _Refs, *, yes: _Yes = False) -> None:
    """Take characters or lorebooks of yours out; `restore` brings them back. Memories stay."""
    from langgraph_roleplay.cli.cast_remove import remove  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    remove(refs, settings=read_settings(), yes=yes)


@cast_app.command("restore")
def restore_cards(
    refs: Annotated[
        list[str] | None, typer.Argument(help="Ids, ID@2 for the one before; none lists them all.", metavar="ID")
    ] = None,
) -> None:
    """Bring back what was removed or replaced last under an id; what stands there is kept in its turn."""
    from langgraph_roleplay.cli.cast_remove import restore  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    restore(refs or (), settings=read_settings())


@cast_app.command("trust")
def trust_card(
    ref: Annotated[str | None, typer.Argument(help="An id or name; for --revoke a hash, too.", metavar="ID")] = None,
    *,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take it back.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the cards that are trusted.")] = False,
    yes: _Yes = False,
) -> None:
    """Let a card give the character instructions, once you have read them; any edit of the card ends it.

    Of other cards, system prompt and post-history instructions count as notes on style, below the rules.
    """
    from langgraph_roleplay.cli.cast_trust import print_trusted, revoke_trust, trust  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    if listing:
        print_trusted(read_settings())
    elif ref is None:
        raise typer.BadParameter("say which: an id, or --list.")
    elif revoke:
        revoke_trust(ref, read_settings())
    else:
        trust(ref, read_settings(), yes=yes)
