"""Tables: aligned for a person, tab-separated for a program."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.settings import read_settings

__all__ = ["print_table", "print_threads", "shortened"]

_Column: TypeAlias = tuple[str, Sequence[Text]]
"""A heading, and what stands below it."""

_GAP = 2
_LEAST = 16
"""Cells that the last column gets before another one goes."""


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    details: Sequence[str] = (),
    console: Console | None = None,
) -> None:
    """Print rows; where stdout is no terminal, without a heading and with tabs between the cells.

    Args:
        columns: their headings; the first column is what one types, and is never split.
        rows: a cell for each column.
        details: columns that a narrow terminal does without, the first of them first, before the last one, a text
            that may be cut, gets too short; without any, columns are folded.
        console: where to; default stdout.
    """
    console, found = console or Console(highlight=False, emoji=False), list(rows)
    if not console.is_terminal:
        for row in found:
            sys.stdout.write("\t".join(" ".join(visible(cell).split()) for cell in row) + "\n")
        return
    cells = [(column, [Text(visible(row[at])) for row in found]) for at, column in enumerate(columns)]
    # A console cuts what does not fit; a terminal breaks the line, and nothing of an id is lost.
    console.print(_table(_fitting(cells, details, console.width)), crop=False)


def _table(cells: Sequence[_Column]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for at, (heading, texts) in enumerate(cells):
        table.add_column(
            heading, overflow="fold", no_wrap=at == 0, min_width=_width((heading, texts)) if at == 0 else None
        )
    for row in zip(*(texts for _, texts in cells), strict=True):
        table.add_row(*row)
    return table


def _fitting(cells: Sequence[_Column], details: Sequence[str], width: int) -> Sequence[_Column]:
    """Those columns for which there is room, the last one cut to what is left."""
    if not details:
        return cells
    last = cells[-1]
    for detail in details:
        if _room(cells, width) >= min(_LEAST, _width(last)):
            break
        cells = [column for column in cells if column[0] != detail]
    room = _room(cells, width)
    for text in last[1]:
        text.truncate(max(room, 0), overflow="ellipsis")
    return cells if room >= cell_len(last[0]) else cells[:-1]


def _width(column: _Column) -> int:
    heading, texts = column
    return max(cell_len(heading), *(text.cell_len for text in texts), 0)


def _room(cells: Sequence[_Column], width: int) -> int:
    """What the columns before it leave the last one."""
    return width - sum(_width(column) + _GAP for column in cells[:-1])


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
    print_table(("thread", "persona", "last turn", "last words"), rows, details=("last turn", "persona"))


def shortened(text: str, length: int = 60) -> str:
    """The beginning of `text` on one line, at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
