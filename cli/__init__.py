"""The command `roleplay`."""

import logging
import sys
import warnings
from typing import NoReturn

__all__ = ["main"]


def main() -> None:
    """Run the command line: exit code 0, 1 for an error that is said in one line, 2 for wrong usage."""
    from langgraph_roleplay.cli.app import app  # noqa: PLC0415 - importing the package must not import typer
    from langgraph_roleplay.cli.failures import reported  # noqa: PLC0415 - as above

    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # beta notices of libraries are for us, not for people in a conversation
    logging.getLogger().addHandler(logging.NullHandler())  # or Python prints libraries' warnings into it
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # no byte that someone pipes in, or says, may end the session
    with reported(_leave):
        app(prog_name="roleplay")


def _leave(line: str) -> NoReturn:
    sys.stderr.write(f"roleplay: {line}\n")
    sys.exit(1)
