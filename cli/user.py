"""`roleplay user`: who you are in a story. What a command needs is imported when it runs."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["user_app"]

user_app = typer.Typer(help="Who you are in a story: `roleplay chat --as ID`.", no_args_is_help=True)

_Ref = Annotated[str, typer.Argument(help="An id that `roleplay user list` shows, or a name.", metavar="ID")]
_Description = Annotated[
    str | None, typer.Option(help="Who you are: looks, trade, past. The character sees it.", metavar="TEXT")
]
_File = Annotated[
    Path | None, typer.Option(help="A text file with the description; - is stdin.", metavar="FILE", allow_dash=True)
]
_Json = Annotated[bool, typer.Option("--json", help="For programs: JSON.")]


@user_app.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="What the character calls you.", metavar="NAME")],
    *,
    description: _Description = None,
    file: _File = None,
) -> None:
    """Be somebody new."""
    from langgraph_roleplay.cli.user_edits import add, read_description  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    add(name, read_description(description, file) or "", settings=read_settings())


@user_app.command("list")
def list_users(as_json: _Json = False) -> None:
    """List who you can be."""
    from langgraph_roleplay.cli.user_pages import print_users  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    print_users(read_settings(), as_json=as_json)


@user_app.command("show")
def show_user(ref: _Ref, as_json: _Json = False) -> None:
    """Show one of you."""
    from langgraph_roleplay.cli.user_pages import print_user  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    print_user(ref, read_settings(), as_json=as_json)


@user_app.command("edit")
def edit_user(
    ref: _Ref,
    *,
    name: Annotated[str | None, typer.Option(help="Another name; the id stays.")] = None,
    description: _Description = None,
    file: _File = None,
) -> None:
    """Change name or description, or both."""
    from langgraph_roleplay.cli.user_edits import edit, read_description  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    text = read_description(description, file)
    if name is None and text is None:
        raise typer.BadParameter("say what: --name, --description or --file.")
    edit(ref, name=name, description=text, settings=read_settings())


@user_app.command("remove")
def remove_user(
    ref: _Ref,
    *,
    for_good: Annotated[bool, typer.Option("--for-good", help="Delete it, with all kept under its id.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove one of you; it is kept until --for-good, and `restore` brings it back."""
    from langgraph_roleplay.cli.user_edits import erase, remove  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    if for_good:
        erase(ref, settings=read_settings(), yes=yes)
    else:
        remove(ref, settings=read_settings())


@user_app.command("restore")
def restore_user(
    ref: Annotated[str | None, typer.Argument(help="Its id.", metavar="[ID]", show_default="list them")] = None,
) -> None:
    """Bring back what was removed last under an id."""
    from langgraph_roleplay.cli.user_edits import restore  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    restore(ref, settings=read_settings())


@user_app.command("import")
def import_users(
    file: Annotated[Path, typer.Argument(help="A backup of SillyTavern's personas, or its settings.json.")],
) -> None:
    """Import who you are in SillyTavern.

    What can't be kept is said in one line each, all others are imported, and the exit code is 1.
    """
    from langgraph_roleplay.cli.user_import import import_export  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    if not import_export(file, settings=read_settings()):
        raise typer.Exit(1)
