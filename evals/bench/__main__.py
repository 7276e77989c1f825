"""`python -m langgraph_roleplay.evals.bench`: run all benches, or those that are named."""

import argparse
import asyncio
import platform
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType

from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.evals.bench.book_passages import bench_book_passages
from langgraph_roleplay.evals.bench.checkpoints import bench_checkpoints
from langgraph_roleplay.evals.bench.first_token import bench_first_token
from langgraph_roleplay.evals.bench.locomo import bench_locomo
from langgraph_roleplay.evals.bench.lore import bench_lore
from langgraph_roleplay.evals.bench.persona_search import bench_persona_search
from langgraph_roleplay.evals.bench.prefix_reuse import bench_prefix_reuse
from langgraph_roleplay.evals.bench.recall_speed import bench_recall_speed
from langgraph_roleplay.evals.bench.turn import bench_turn

_Bench = Callable[[], Coroutine[Any, Any, RenderableType]]

_BENCHES: dict[str, _Bench] = {
    "turn": bench_turn,
    "first_token": bench_first_token,
    "checkpoints": bench_checkpoints,
    "lore": bench_lore,
}
_ON_DATA: dict[str, Callable[[Path], Coroutine[Any, Any, RenderableType]]] = {
    "locomo": bench_locomo,
    "persona_search": bench_persona_search,
    "book_passages": bench_book_passages,
    "prefix_reuse": bench_prefix_reuse,
}
_DATA = Path("../shared/data")
_WIDTH = 120  # of tables in a file


def main() -> int:
    """Run the benches that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m langgraph_roleplay.evals.bench", description=__doc__)
    known = ", ".join([*_BENCHES, *_ON_DATA, "recall_speed"])
    parser.add_argument("names", nargs="*", metavar="BENCH", help=f"any of {known}; default: all")
    parser.add_argument("--data", type=Path, default=_DATA, metavar="FOLDER", help="of published sets (%(default)s)")
    parser.add_argument("--full", action="store_true", help="recall_speed up to 300 tenants")
    options = parser.parse_args()
    benches: dict[str, _Bench] = {
        **_BENCHES,
        **{name: partial(bench, options.data) for name, bench in _ON_DATA.items()},
        "recall_speed": partial(bench_recall_speed, options.data, full=options.full),
    }
    names = options.names or list(benches)
    unknown = [name for name in names if name not in benches]
    if unknown:
        parser.error(f"unknown bench {unknown[0]!r}: choose from {known}")
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(
        f"command: make bench ARGS='{' '.join([*names, *_data_option(options.data), *['--full'] * options.full])}'"
    )
    console.print(f"machine: {platform.machine()}, Python {platform.python_version()}")
    try:
        for name in names:
            console.print(asyncio.run(benches[name]()))
    except RoleplayError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's error line
        return 1
    return 0


def _data_option(data: Path) -> list[str]:
    return [] if data == _DATA else [f"--data {data}"]


if __name__ == "__main__":
    sys.exit(main())
