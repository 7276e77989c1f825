"""The table that a bench prints."""

from collections.abc import Sequence

from rich.table import Table

__all__ = ["make_table"]


def make_table(title: str, data: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table with the data it was measured on as its caption."""
    table = Table(title=title, caption=data, title_justify="left", caption_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    return table
