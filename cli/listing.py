"""Tables: aligned for a person, tab-separated for a program."""

import asyncio
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.settings import read_settings

__all__ = ["print_table", "print_threads", "shortened"]


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, console: Console | None = None) -> None:
    """Print rows; where stdout is no terminal, without a heading and with tabs between the cells."""
    console = console or Console(highlight=False, emoji=False)
    if not console.is_terminal:
        for row in rows:
            sys.stdout.write("\t".join(" ".join(visible(cell).split()) for cell in row) + "\n")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console.print(table)


def print_threads(limit: int) -> None:
    """Print the latest conversations.

    Raises:
        SettingsError: they can't be read.
    """
    from langgraph_roleplay.cli.threads import list_threads  # noqa: PLC0415 - langgraph takes seconds to import

    settings = read_settings()
    found = asyncio.run(list_threads(settings=settings, limit=limit)) if settings.threads.exists() else []
    if not found:
        sys.stderr.write(typeable("No conversations yet; `roleplay chat` begins one.\n"))
        return
    rows = [
        (
            thread.id,
            thread.persona_id,
            f"{thread.at.astimezone():%Y-%m-%d %H:%M}",
            shortened(thread.last_reply),
        )
        for thread in found
    ]
    print_table(("thread", "persona", "last turn", "last words"), rows)


def shortened(text: str, length: int = 60) -> str:
    """The beginning of `text` on one line, at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
