import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from langgraph_roleplay.cli.listing import print_table

COLUMNS = ("id", "name", "kind", "about")
ROWS = [
    ("sillytavern-eldoria-worldinfo", "Eldoria", "lorebook", "12 entries"),
    (
        "sun-wukong",
        "孙悟空",
        "character",
        "A monkey that was born from a stone and learnt all that can be learnt. " * 2,
    ),
]


def printed(width, **options):
    written = io.StringIO()
    console = Console(file=written, width=width, force_terminal=True, color_system=None)
    print_table(COLUMNS, ROWS, console=console, **options)
    return written.getvalue().splitlines()


@pytest.mark.parametrize("width", [200, 80, 60, 45, 30, 10])
@pytest.mark.parametrize("options", [{}, {"details": ("kind", "name")}])
def test_an_id_is_never_split(width, options):
    assert any(line.startswith("sillytavern-eldoria-worldinfo") for line in printed(width, **options))


@pytest.mark.parametrize(
    ("width", "columns"),
    [(200, "id name kind about"), (70, "id name kind about"), (60, "id name about"), (50, "id about"), (31, "id")],
)
def test_what_it_is_about_is_shortened_before_a_detail_goes_and_a_row_stays_a_line(width, columns):
    heading, *lines = printed(width, details=("kind", "name"))
    assert heading.split() == columns.split()
    assert len(lines) == len(ROWS)
    assert all(cell_len(line.rstrip()) <= width for line in lines)


def test_for_a_program_every_cell_is_whole(capsys):
    print_table(COLUMNS, ROWS, details=("kind", "name"), console=Console(file=io.StringIO(), width=20))
    assert capsys.readouterr().out.splitlines()[0] == "\t".join(ROWS[0])
