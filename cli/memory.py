"""`roleplay memory`: what is remembered of you, and your rights over it."""

import asyncio
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from langgraph_roleplay.cli.memory_moves import moves_app

__all__ = ["memory_app"]

memory_app = typer.Typer(help="What is remembered of you: look, edit, forget, move.", no_args_is_help=True)

_Id = Annotated[str, typer.Argument(help="An id that `roleplay memory list` shows.", metavar="ID")]
_User = Annotated[str, typer.Option(help="Whose memories: what the character calls you, or your login.")]
_Character = Annotated[str | None, typer.Option(help="Only what this character remembers.")]
_Thread = Annotated[str | None, typer.Option(help="Only of this conversation.")]
_Kind = Annotated[str | None, typer.Option(help="Only of this kind: turn, fact, reflection, summary, …")]
_Json = Annotated[bool, typer.Option("--json", help="For programs: JSON.")]
_Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
_YOU = "Visitor"


@memory_app.command()
def search(
    query: Annotated[str, typer.Argument(help="A question or a few words.")],
    *,
    user: _User = _YOU,
    character: _Character = None,
    thread: _Thread = None,
    kind: _Kind = None,
    limit: _Limit = 8,
    as_json: _Json = False,
) -> None:
    """Search as the characters do; without --character in what all of them remember."""
    from langgraph_roleplay.cli.memory_pages import Choice, print_found  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    choice = Choice(user=user, character=character, thread=thread, kind=kind)
    asyncio.run(print_found(query, choice, settings=read_settings(), limit=limit, as_json=as_json))


@memory_app.command("list")
def list_memories(
    *,
    user: _User = _YOU,
    character: _Character = None,
    thread: _Thread = None,
    kind: _Kind = None,
    limit: _Limit = 50,
    page: Annotated[int, typer.Option(min=1, max=10_000, help="Which page.")] = 1,
    as_json: _Json = False,
) -> None:
    """List memories, the latest first; hidden, abandoned and replaced ones too, which `state` tells."""
    from langgraph_roleplay.cli.memory_pages import Choice, print_list  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    choice = Choice(user=user, character=character, thread=thread, kind=kind)
    asyncio.run(print_list(choice, settings=read_settings(), limit=limit, page=page, as_json=as_json))


@memory_app.command()
def show(memory_id: _Id, *, user: _User = _YOU, as_json: _Json = False) -> None:
    """Show every field of a memory, what replaced it and what rests on it."""
    from langgraph_roleplay.cli.memory_pages import print_memory  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    asyncio.run(print_memory(memory_id, user=user, settings=read_settings(), as_json=as_json))


@memory_app.command()
def edit(
    memory_id: _Id, text: Annotated[str, typer.Argument(help="What it shall say.")], *, user: _User = _YOU
) -> None:
    """Put other words into a memory."""
    from langgraph_roleplay.cli.memory_edits import edit_text  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    _tell(asyncio.run(edit_text(memory_id, text, user=user, settings=read_settings())))


@memory_app.command()
def hide(memory_id: _Id, *, user: _User = _YOU) -> None:
    """Take a memory, and what rests on it, out of every recall; it is kept."""
    _set_hidden(memory_id, user, hidden=True)


@memory_app.command()
def unhide(memory_id: _Id, *, user: _User = _YOU) -> None:
    """Undo `hide`."""
    _set_hidden(memory_id, user, hidden=False)


@memory_app.command()
def approve(memory_id: _Id, *, user: _User = _YOU) -> None:
    """Let in what the write gate kept in quarantine (`list --kind quarantine`, `show` tells why)."""
    _decide(memory_id, user, let_in=True)


@memory_app.command()
def reject(memory_id: _Id, *, user: _User = _YOU) -> None:
    """Delete what the write gate kept in quarantine."""
    _decide(memory_id, user, let_in=False)


@memory_app.command()
def forget(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of memories.", metavar="[ID]...")] = None,
    *,
    user: _User = _YOU,
    message: Annotated[list[str] | None, typer.Option(help="Id of a message (`show` tells it).")] = None,
    thread: _Thread = None,
    character: _Character = None,
    kind: _Kind = None,
    everything: Annotated[bool, typer.Option("--everything", help="All of this user.")] = False,
    yes: _Yes = False,
) -> None:
    """Forget for good: memories and what rests on them, what waits in the outbox, and the conversations' own copies.

    A conversation or character that is named alone is forgotten whole, its conversations with it.
    """
    from langgraph_roleplay.cli.forgetting import Wish  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.cli.forgetting import forget as forget_wish  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    named = bool(ids or message or thread or character or kind)
    if named == everything:
        raise typer.BadParameter("say what: ids, --message, --thread, --character, --kind, or --everything alone.")
    wish = Wish(
        user=user,
        ids=tuple(ids or ()),
        message_ids=tuple(message or ()),
        thread=thread,
        character=character,
        kind=kind,
    )
    _tell(asyncio.run(forget_wish(wish, settings=read_settings(), agree=_agree(yes))))


@memory_app.command()
def stats(*, user: _User = _YOU, as_json: _Json = False) -> None:
    """Count what there is, what was refused, and what waits; say where it is and how much it may be."""
    from langgraph_roleplay.cli.memory_stats import print_stats  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    asyncio.run(print_stats(user, settings=read_settings(), as_json=as_json))


@memory_app.command()
def keep(
    age: Annotated[str, typer.Argument(help="How old a memory may be: 90d, 12w, 2y.")],
    *,
    user: Annotated[str | None, typer.Option(help="Only of this user.", show_default="every user")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many.")] = False,
    yes: _Yes = False,
) -> None:
    """Delete what is older, and facts of which all evidence is; ROLEPLAY_MEMORY_KEEP does so once a day."""
    from langgraph_roleplay.cli.memory_stats import keep_younger  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    told = keep_younger(age, user=user, settings=read_settings(), dry_run=dry_run, agree=_agree(yes))
    _tell(asyncio.run(told))


def _agree(yes: bool) -> Callable[[str], bool]:
    """Ask on a terminal; where nobody can answer, `--yes` must have been said."""

    def ask(plan: str) -> bool:
        from langgraph_roleplay.cli.harmless import visible  # noqa: PLC0415 - keeps --help quick

        if not yes and not sys.stdin.isatty():
            raise typer.BadParameter("nobody can be asked here: say --yes.")
        if not yes:
            typer.echo(visible(plan))
        return yes or typer.confirm("Delete it?")

    return ask


def _set_hidden(memory_id: str, user: str, *, hidden: bool) -> None:
    from langgraph_roleplay.cli.memory_edits import set_hidden  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    _tell([asyncio.run(set_hidden(memory_id, user=user, settings=read_settings(), hidden=hidden))])


def _decide(memory_id: str, user: str, *, let_in: bool) -> None:
    from langgraph_roleplay.cli.memory_edits import decide  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    _tell([asyncio.run(decide(memory_id, user=user, settings=read_settings(), let_in=let_in))])


def _tell(lines: list[str]) -> None:
    from langgraph_roleplay.cli.harmless import visible  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.cli.naming import typeable  # noqa: PLC0415 - keeps --help quick

    for line in lines:
        typer.echo(visible(typeable(line)))


memory_app.add_typer(moves_app)
