"""Write a run down: a page for people, JSON lines for programs."""

import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import NamedTuple

from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.evals.outcome import Score, TurnOutcome
from langgraph_roleplay.evals.result import CaseResult, SuiteResult, Tally, tally

__all__ = ["ReportFiles", "render_lines", "render_page", "write_report"]


class ReportFiles(NamedTuple):
    """Where a report lies."""

    page: Path
    lines: Path


def write_report(result: SuiteResult, folder: Path) -> ReportFiles:
    """Write both files to a new folder under `folder`, named by the time that the run began.

    Raises:
        SettingsError: it can't be written.
    """
    stamp = result.begun[:19].replace("-", "").replace(":", "").replace("T", "-")
    try:
        own = _new_folder(folder, stamp)
        written = ReportFiles(own / "report.html", own / "cases.jsonl")
        written.page.write_text(render_page(result), encoding="utf-8")
        written.lines.write_text(render_lines(result), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"The report can't be written to {folder}: {error.strerror}; set ROLEPLAY_HOME.") from error
    return written


def _new_folder(folder: Path, stamp: str) -> Path:
    number = 1
    while True:
        own = folder / (stamp if number == 1 else f"{stamp}-{number}")
        try:
            own.mkdir(parents=True)
        except FileExistsError:
            if not own.is_dir():
                raise
            number += 1
        else:
            return own


def render_lines(result: SuiteResult) -> str:
    """One JSON object a case; each says of which run it is."""
    run = {"suite": result.suite, "model": result.model, "judge": result.judge, "begun": result.begun}
    return "".join(json.dumps(run | _as_json(case), ensure_ascii=False) + "\n" for case in result.cases)


def _as_json(result: CaseResult) -> dict[str, object]:
    outcome = dict(result.outcome or {})
    return {
        "id": result.case.id,
        "tags": list(result.case.tags),
        "persona": outcome.get("persona") or result.case.persona,
        "expected": result.case.expected,
        "turns": outcome.get("turns") or [],
        "scores": {key: {"score": score["score"], "comment": score["comment"]} for key, score in result.scores.items()},
        "broken_off": bool(result.error),
        "error": result.error,
    }


def render_page(result: SuiteResult) -> str:
    """A page that needs nothing but itself; every text on it is escaped."""
    page = Template((files("langgraph_roleplay.evals") / "report.html").read_text(encoding="utf-8"))
    judged = f", judged by {result.judge}" if result.judge else ""
    return page.substitute(
        title=escape(f"{result.suite} on {result.model}"),
        about=escape(f"{len(result.cases)} cases, {result.begun}{judged}"),
        notes="".join(f'<p class="note">{escape(note)}</p>' for note in result.notes),
        tallies="".join(_tally_row(tally(key, result.cases)) for key in result.metrics),
        cases="".join(_case_block(case, result.metrics) for case in result.cases),
    )


def _tally_row(found: Tally) -> str:
    mean = "–" if found.mean is None else f"{found.mean:.2f}"
    cells = (mean, f"{found.worst:.2f} – {found.best:.2f}", str(found.scored), str(found.unscored))
    share = f"{found.unscored_rate:.0%}"
    numbers = "".join(f"<td>{escape(cell)}</td>" for cell in (*cells, share))
    return f'<tr><th scope="row">{escape(found.key)}</th>{numbers}</tr>\n'


def _case_block(result: CaseResult, metrics: tuple[str, ...]) -> str:
    outcome = result.outcome
    badges = '<span class="badge bad">broken off</span> ' if result.error else ""
    badges += "".join(_badge(key, result.scores.get(key)) for key in metrics)
    turns = "".join(_turn_block(turn, outcome["character"]) for turn in outcome["turns"]) if outcome else ""
    error = f'<p class="bad">{escape(result.error)}</p>' if result.error else ""
    comments = "".join(
        f"<li><b>{escape(key)}</b> {escape(score['comment'])}</li>" for key, score in result.scores.items()
    )
    who = escape(outcome["character"] if outcome else result.case.persona or "")
    return (
        f"<details open><summary><b>{escape(result.case.id)}</b> <i>{who}</i> {badges}</summary>"
        f'{turns}{error}<p class="expected">Expected: {escape(result.case.expected)}</p>'
        f"<ul>{comments}</ul></details>\n"
    )


def _badge(key: str, score: Score | None) -> str:
    value = score["score"] if score else None
    kind = "none" if value is None else "good" if value >= 0.75 else "fair" if value >= 0.5 else "bad"
    shown = "not scored" if value is None else f"{value:.2f}"
    return f'<span class="badge {kind}">{escape(key)} {shown}</span>'


def _turn_block(turn: TurnOutcome, character: str) -> str:
    told = [*turn.get("events", []), *([turn["verdict"]] if turn.get("verdict") else [])]
    events = f'<p class="event">{escape(" · ".join(told))}</p>' if told else ""
    return (
        f'<p class="said">{escape(turn["said"])}</p>'
        f'<p class="reply"><b>{escape(character)}</b> {escape(turn["reply"])}</p>{events}'
    )
