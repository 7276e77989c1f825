"""From the command line to a run of a suite, and its tables and files."""

import asyncio
import sys
from functools import partial

from rich.console import Console
from rich.progress import Progress

from langgraph_roleplay.cli.weights import ensure_weights
from langgraph_roleplay.context import Context
from langgraph_roleplay.evals.report import write_report
from langgraph_roleplay.evals.result import SuiteResult
from langgraph_roleplay.evals.run import run_suite
from langgraph_roleplay.evals.suites import load_suite
from langgraph_roleplay.evals.table import make_case_table, make_tally_table
from langgraph_roleplay.settings import Settings, read_settings

__all__ = ["evaluate_and_report"]


def evaluate_and_report(
    suite: str, *, persona: str | None, model: str | None, judge: str | None, limit: int | None
) -> bool:
    """Run `suite`, print its tables, write its report; says whether any case could be held to its end.

    Raises:
        RoleplayError: no such suite or persona, a model can't be loaded, or the report can't be written.
    """
    settings = read_settings()
    load_suite(suite)  # a wrong name is told before anything is pulled
    for spec in {model or settings.model, judge or model or settings.model}:
        ensure_weights(Context(model=spec), settings=settings)
    result = _run(suite, settings=settings, persona=persona, model=model, judge=judge, limit=limit)
    written = write_report(result, settings.home / "reports")
    _print(result)
    sys.stdout.write(f"{written.page}\n{written.lines}\n")
    return not all(case.error for case in result.cases)


def _run(
    suite: str, *, settings: Settings, persona: str | None, model: str | None, judge: str | None, limit: int | None
) -> SuiteResult:
    console = Console(file=sys.stderr)  # the file itself: the name is redirected while LangSmith writes to it
    with Progress(
        console=console, disable=not console.is_terminal, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        update = partial(bar.update, bar.add_task(suite, total=None))
        return asyncio.run(
            run_suite(
                suite,
                settings=settings,
                persona=persona,
                model=model,
                judge=judge,
                limit=limit,
                progress=lambda done, total: update(completed=done, total=total),
            )
        )


def _print(result: SuiteResult) -> None:
    console = Console(highlight=False, emoji=False)
    for table in (make_case_table(result), make_tally_table(result)):
        console.print(table)
        console.print()
    for note in result.notes:
        console.print(note, style="yellow", soft_wrap=True)
