"""`python -m langgraph_roleplay.evals.bench`: run all benches, or those that are named."""

import argparse
import asyncio
import platform
import sys

from rich.console import Console

from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.evals.bench.checkpoints import bench_checkpoints
from langgraph_roleplay.evals.bench.first_token import bench_first_token
from langgraph_roleplay.evals.bench.turn import bench_turn

_BENCHES = {"turn": bench_turn, "first_token": bench_first_token, "checkpoints": bench_checkpoints}


def main() -> int:
    """Run the benches that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m langgraph_roleplay.evals.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="BENCH", help=f"any of {', '.join(_BENCHES)}; default: all")
    names = parser.parse_args().names or list(_BENCHES)
    unknown = [name for name in names if name not in _BENCHES]
    if unknown:
        parser.error(f"unknown bench {unknown[0]!r}: choose from {', '.join(_BENCHES)}")
    console = Console()
    console.print(f"command: make bench ARGS='{' '.join(names)}'")
    console.print(f"machine: {platform.machine()}, Python {platform.python_version()}")
    try:
        for name in names:
            console.print(asyncio.run(_BENCHES[name]()))
    except RoleplayError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's error line
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
