"""The commands and their options. Importing this must stay quick: what a command needs is imported when it runs."""

from typing import Annotated

import typer

from langgraph_roleplay.cli.cast import cast_app
from langgraph_roleplay.cli.eval import eval_app
from langgraph_roleplay.cli.memory import memory_app
from langgraph_roleplay.cli.models import models_app
from langgraph_roleplay.cli.user import user_app

__all__ = ["app"]

app = typer.Typer(
    name="roleplay",
    help="Talk to a character that has a persona, a memory, intentions and a conscience.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes would cost --help a quarter of a second
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - keeps --help quick

        typer.echo(f"langgraph-roleplay {version('langgraph-roleplay')}")
        raise typer.Exit


@app.callback()
def roleplay(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Talk to a character that has a persona, a memory, intentions and a conscience."""


@app.command()
def chat(
    persona: Annotated[
        str | None, typer.Argument(help="Who to talk to: an id (`roleplay cast list`) or the path of a card.")
    ] = None,
    *,
    thread: Annotated[str | None, typer.Option(help="Conversation to resume (`roleplay threads`).")] = None,
    name: Annotated[str | None, typer.Option(help="What the character calls you.", show_default="Visitor")] = None,
    model: Annotated[str | None, typer.Option(help="provider:model instead of ROLEPLAY_MODEL.")] = None,
    thinking: Annotated[str | None, typer.Option(help="auto, quick, measured or deep.", show_default="auto")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the replies, such as en or zh.")] = None,
    safety: Annotated[str | None, typer.Option(help="relaxed, standard or strict.", show_default="standard")] = None,
    recall_size: Annotated[int | None, typer.Option(help="Memories recalled at most, 0 to 50.")] = None,
    greeting: Annotated[int | None, typer.Option(help="Which of the character's greetings, from 1.")] = None,
    speak_as: Annotated[
        str | None, typer.Option("--as", help="Who you are in the story: an id (`roleplay user list`).", metavar="ID")
    ] = None,
    lorebook: Annotated[
        list[str] | None, typer.Option(help="A lorebook beside the character's own; may be said again.", metavar="NAME")
    ] = None,
    story_time: Annotated[
        float | None, typer.Option(help="Now in the story, such as its chapter: what is later isn't known yet.")
    ] = None,
) -> None:
    """Talk to a character.

    On a terminal: /help lists the commands, Ctrl-C ends a reply, Ctrl-D leaves, and the conversation is kept.
    With a pipe each line is a turn and stdout gets the replies alone.
    """
    from langgraph_roleplay.cli.opening import Wishes  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.cli.start import start_chat  # noqa: PLC0415 - keeps --help quick

    wishes = Wishes(
        persona=persona,
        thread=thread,
        name=name,
        model=model,
        thinking=thinking,
        language=language,
        safety=safety,
        recall_size=recall_size,
        greeting=greeting,
        user_persona=speak_as,
        lorebooks=tuple(lorebook or ()),
        story_time=story_time,
    )
    if not start_chat(wishes):
        raise typer.Exit(1)


@app.command()
def threads(
    limit: Annotated[int, typer.Option(min=1, help="How many of the latest.")] = 20,
) -> None:
    """List the conversations that can be resumed, the latest first."""
    from langgraph_roleplay.cli.listing import print_threads  # noqa: PLC0415 - keeps --help quick

    print_threads(limit)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON list of checks.")] = False,
) -> None:
    """Look at model, embeddings, memory, personas and keys, and say what is wrong and how to mend it."""
    from langgraph_roleplay.cli.doctor import examine, print_checks  # noqa: PLC0415 - keeps --help quick

    checks = examine()
    print_checks(checks, as_json=as_json)
    if any(check.status == "fail" for check in checks):
        raise typer.Exit(1)


app.add_typer(cast_app, name="cast")
app.add_typer(eval_app, name="eval")
app.add_typer(memory_app, name="memory")
app.add_typer(models_app, name="models")
app.add_typer(user_app, name="user")
