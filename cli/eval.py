"""`roleplay eval`: how good it is."""

from typing import Annotated

import typer

__all__ = ["eval_app"]

eval_app = typer.Typer(help="How good it is: hold a suite's conversations and score them.", no_args_is_help=True)


@eval_app.callback()
def evaluation() -> None:
    """How good it is: hold a suite's conversations and score them."""


@eval_app.command("run")
def run_eval(
    suite: Annotated[str, typer.Argument(help="Which suite: conversation.")],
    *,
    persona: Annotated[str | None, typer.Option(help="Ask this character alone.")] = None,
    model: Annotated[str | None, typer.Option(help="provider:model instead of ROLEPLAY_MODEL.")] = None,
    judge: Annotated[str | None, typer.Option(help="provider:model that judges.", show_default="the model")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many cases at most.")] = None,
) -> None:
    """Hold the conversations of a suite and score them; nobody but the models is told of them.

    It remembers in a memory of its own, for one case at a time. A page and JSON lines go to ROLEPLAY_HOME/reports.
    """
    from langgraph_roleplay.cli.evaluation import evaluate_and_report  # noqa: PLC0415 - keeps --help quick

    if not evaluate_and_report(suite, persona=persona, model=model, judge=judge, limit=limit):
        raise typer.Exit(1)
