"""`python -m langgraph_roleplay.evals.trials`: run all trials, or the one that is named, and print what they found."""

import argparse
import asyncio
import importlib
import inspect
import pkgutil
import platform
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.evals import trials

_Trial = Callable[..., Awaitable[Mapping[str, Any]]]


def main() -> int:
    """Run trials; the status is 1 if one couldn't be run, not if it found something."""
    known = _discover()
    parser = argparse.ArgumentParser(prog="python -m langgraph_roleplay.evals.trials", description=__doc__)
    parser.add_argument("--only", choices=sorted(known), help="this trial alone")
    parser.add_argument("--count", type=int, help="how often, or how many turns, instead of the trial's own number")
    options = parser.parse_args()
    console = Console()
    console.print(f"machine: {platform.machine()}, Python {platform.python_version()}")
    try:
        for name in [options.only] if options.only else sorted(known):
            console.print(_table(name, asyncio.run(_run(known[name], options.count))))
    except RoleplayError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's error line
        return 1
    return 0


def _discover() -> dict[str, _Trial]:
    """The `TRIALS` of every module beside this one: name to a coroutine function that gives its figures."""
    found: dict[str, _Trial] = {}
    for module in pkgutil.iter_modules(trials.__path__):
        if not module.name.startswith("_"):
            found |= getattr(importlib.import_module(f"{trials.__name__}.{module.name}"), "TRIALS", {})
    return found


async def _run(trial: _Trial, count: int | None) -> Mapping[str, Any]:
    takes_one = bool(inspect.signature(trial).parameters)
    return await (trial(count) if count is not None and takes_one else trial())


def _table(name: str, figures: Mapping[str, Any]) -> Table:
    table = Table(title=name, title_justify="left", show_header=False)
    for figure, value in figures.items():
        table.add_row(figure.replace("_", " "), str(value))
    return table


if __name__ == "__main__":
    sys.exit(main())
