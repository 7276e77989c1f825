"""Standard streams that are closed, or can't take what is written."""

import os
import sys

from langgraph_roleplay.cli.failures import Fatal

__all__ = ["discard_output", "flush_output", "prepare_streams"]


def prepare_streams() -> None:
    """Make all three streams usable; a closed one would else give its number to the next file that is opened.

    Raises:
        Fatal: stdout is closed.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - stays open as long as the process
    closed = sys.stdout is None
    if closed:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as above
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as above
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # no byte that someone pipes in, or says, may end the session
    if closed:
        raise Fatal("There is nowhere to write to: stdout is closed.")


def flush_output() -> None:
    """Write out what is buffered.

    Raises:
        BrokenPipeError: the reader has left.
        Fatal: it can't be written.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Fatal(f"What was to be said can't be written to stdout: {error.strerror}.") from error


def discard_output() -> None:
    """Forget what could not be written, or Python would try again at its end and say so in its own way."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
