"""A run's tables for the terminal."""

from rich.table import Table
from rich.text import Text

from langgraph_roleplay.evals.outcome import Score
from langgraph_roleplay.evals.result import SuiteResult, tally

__all__ = ["make_case_table", "make_tally_table"]

_NOT_SCORED = "–"


def make_case_table(result: SuiteResult) -> Table:
    """Every case with its scores."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("case")
    table.add_column("character")
    for key in result.metrics:
        table.add_column(key, justify="right")
    for case in result.cases:
        character = case.outcome["character"] if case.outcome else case.case.persona or _NOT_SCORED
        scores = [_shown(case.scores.get(key)) for key in result.metrics]
        character += " (broken off)" if case.error else ""
        table.add_row(*(Text(cell) for cell in (case.case.id, character, *scores)))
    return table


def make_tally_table(result: SuiteResult) -> Table:
    """Every metric: its mean, and what could not be scored."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("metric")
    for column in ("mean", "if unscored were 0–1", "scored", "not scored"):
        table.add_column(column, justify="right")
    for key in result.metrics:
        found = tally(key, result.cases)
        mean = _NOT_SCORED if found.mean is None else f"{found.mean:.2f}"
        spread = f"{found.worst:.2f}–{found.best:.2f}"
        table.add_row(key, mean, spread, str(found.scored), f"{found.unscored} ({found.unscored_rate:.0%})")
    return table


def _shown(score: Score | None) -> str:
    return _NOT_SCORED if score is None or score["score"] is None else f"{score['score']:.2f}"
