"""The two faces of a chat: a terminal with a person before it, and a pipe."""

import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.status import Status

from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.cli.streams import flush_output
from langgraph_roleplay.cli.wrapping import Wrapper

__all__ = ["Pipe", "Reply", "Screen", "Terminal", "choose_screen"]

_LEAVE_HINT = "Ctrl-C again or Ctrl-D leaves; the conversation is kept."


class Reply(Protocol):
    """One reply being shown."""

    def __enter__(self) -> Callable[[str], None]:
        """Begin; gives what takes the parts."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, whether it is whole or not."""


class Screen(Protocol):
    """Where a chat takes place."""

    interactive: bool

    def ask(self, name: str) -> str | None:
        """The next line of the user `name`; None when there will be no more."""

    def reply(self, name: str) -> Reply:
        """Show a reply of `name` part by part."""

    def say(self, name: str, text: str) -> None:
        """Show something that `name` has said already."""

    def notice(self, text: str) -> None:
        """A line from the program, not from the character."""

    def show(self, what: RenderableType) -> None:
        """What a command answers."""


def choose_screen() -> Screen:
    """A terminal if both ends are one, else a pipe."""
    return Terminal() if sys.stdin.isatty() and sys.stdout.isatty() else Pipe()


class Terminal:
    """For a person: names, a spinner, line editing, hints."""

    interactive = True

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, emoji=False)
        with suppress(ImportError):  # Windows has none
            import readline  # noqa: F401, PLC0415 - merely importing it gives input() a history and arrow keys

    def ask(self, name: str) -> str | None:
        """Ask for a line; one Ctrl-C at the prompt gives a hint, a second one leaves."""
        for attempt in (1, 2):
            try:
                return input(f"{visible(name)}> ")
            except EOFError:
                self._console.print()
                return None
            except KeyboardInterrupt:
                self._console.print()
                if attempt == 1:
                    self.notice(_LEAVE_HINT)
        return None

    def reply(self, name: str) -> Reply:
        """Show a reply after a spinner."""
        return _TerminalReply(self._console, name)

    def say(self, name: str, text: str) -> None:
        """Show a line of the conversation."""
        with _TerminalReply(self._console, name, spinner=False) as write:
            write(text)

    def notice(self, text: str) -> None:
        """Show `text` dimmed."""
        self._console.print(visible(text), style="dim", markup=False)

    def show(self, what: RenderableType) -> None:
        """Show any rich text."""
        self._console.print(what, markup=False)


class _TerminalReply:
    def __init__(self, console: Console, name: str, *, spinner: bool = True) -> None:
        self._console = console
        self._label = f"{visible(name)}: "
        self._wrapper = Wrapper(console.width, column=cell_len(self._label))
        turning = spinner and console.is_terminal and not console.is_dumb_terminal
        self._status: Status | None = console.status(f"{visible(name)} is thinking…") if turning else None
        self._begun = False

    def __enter__(self) -> Callable[[str], None]:
        if self._status:
            self._status.start()
        return self._write

    def __exit__(self, *_: Any) -> None:
        if self._status:
            self._status.stop()
        if self._begun:
            self._console.print("\n")

    def _write(self, part: str) -> None:
        if not self._begun:
            self._begun = True
            if self._status:
                self._status.stop()
            self._console.print(self._label, style="bold cyan", end="", markup=False)
        self._console.out(self._wrapper.feed(visible(part)), end="", highlight=False)


class Pipe:
    """For programs: each line of stdin is a turn, stdout gets replies and nothing else, stderr the rest."""

    interactive = False

    def __init__(self) -> None:
        self._errors = Console(stderr=True, highlight=False, emoji=False)

    def ask(self, name: str) -> str | None:
        """Read the next line, whatever its bytes."""
        line = sys.stdin.buffer.readline()
        return line.decode("utf-8", errors="replace").rstrip("\r\n") if line else None

    def reply(self, name: str) -> Reply:
        """Write a reply."""
        return _PipeReply()

    def say(self, name: str, text: str) -> None:
        """Nothing: what was said before is no reply."""

    def notice(self, text: str) -> None:
        """Write a line to stderr."""
        sys.stderr.write(f"{visible(text)}\n")

    def show(self, what: RenderableType) -> None:
        """Write what a command answers to stderr."""
        self._errors.print(what, markup=False)


class _PipeReply:
    def __init__(self) -> None:
        self._begun = False

    def __enter__(self) -> Callable[[str], None]:
        return self._write

    def __exit__(self, *_: Any) -> None:
        if self._begun:
            sys.stdout.write("\n")
            flush_output()

    def _write(self, part: str) -> None:
        self._begun = True
        sys.stdout.write(visible(part))
        flush_output()
