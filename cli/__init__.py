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
    from langgraph_roleplay.cli.streams import flush_output, prepare_streams  # noqa: PLC0415 - as above

    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # beta notices of libraries are for us, not for people in a conversation
    logging.getLogger().addHandler(logging.NullHandler())  # or Python prints libraries' warnings into it
    with reported(_leave):
        prepare_streams()
        try:
            app(prog_name="roleplay")
        finally:
            flush_output()


def _leave(line: str) -> NoReturn:
    from langgraph_roleplay.cli.harmless import visible  # noqa: PLC0415 - importing the package stays quick
    from langgraph_roleplay.cli.naming import typeable  # noqa: PLC0415 - as above
    from langgraph_roleplay.cli.streams import discard_output  # noqa: PLC0415 - as above

    discard_output()
    sys.stderr.write(f"roleplay: {visible(typeable(line))}\n")
    sys.exit(1)
