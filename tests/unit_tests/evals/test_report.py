import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.evals.report import render_lines, render_page, write_report
from langgraph_roleplay.evals.result import CaseResult, SuiteResult
from langgraph_roleplay.evals.suites import Case

EVIL = "<script>alert('x')</script> & $title \"quoted\""


@pytest.fixture
def result() -> SuiteResult:
    case = Case(id=EVIL, turns=(EVIL,), expected=EVIL, tags=("pressure",))
    turn = {"said": EVIL, "reply": EVIL, "events": [EVIL], "verdict": EVIL}
    outcome = {"persona": "p", "character": EVIL, "user": "Visitor", "language": "en", "turns": [turn]}
    scores = {"m": {"key": "m", "score": 0.5, "comment": EVIL}, "j": {"key": "j", "score": None, "comment": EVIL}}
    broken = CaseResult(case=Case(id="broken", turns=("Hello.",), expected="-"), outcome=None, error=EVIL)
    return SuiteResult(
        suite="conversation",
        model=EVIL,
        judge=EVIL,
        begun="2026-11-23T02:00:05+00:00",
        metrics=("m", "j"),
        cases=(CaseResult(case=case, outcome=outcome, scores=scores), broken),
        notes=(EVIL,),
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.attributes: set[str] = set()
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.opened.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.depth += tag not in ("meta",)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1


def test_no_text_of_a_conversation_becomes_part_of_the_page_itself(result):
    page = render_page(result)
    tags = _Tags()
    tags.feed(page)
    assert "script" not in tags.opened
    assert tags.depth == 0
    assert page.count("&lt;script&gt;") >= 10
    assert "$title &quot;quoted" in page  # not filled in a second time


def test_the_page_loads_nothing_from_anywhere(result):
    page = render_page(result)
    tags = _Tags()
    tags.feed(page)
    assert not tags.attributes & {"src", "href", "onclick"}
    assert not re.search(r"url\(|@import|https?://", page)


def test_the_page_shows_what_was_not_scored_and_what_broke_down(result):
    page = render_page(result)
    assert "j not scored" in page
    assert "<td>2</td><td>100%</td>" in page  # j: no case was scored
    assert "<td>0.50</td><td>0.25 – 0.75</td><td>1</td><td>1</td><td>50%</td>" in page


def test_each_line_is_json_and_says_of_which_run_it_is(result):
    first, second = map(json.loads, render_lines(result).splitlines())
    assert (first["id"], first["model"], first["begun"]) == (EVIL, EVIL, "2026-11-23T02:00:05+00:00")
    assert first["scores"]["j"] == {"score": None, "comment": EVIL}
    assert first["turns"][0]["reply"] == EVIL
    assert (second["error"], second["turns"], second["scores"]) == (EVIL, [], {})


def test_two_runs_of_one_second_lie_side_by_side(result, tmp_path):
    first, second = write_report(result, tmp_path), write_report(replace(result, model="other"), tmp_path)
    assert first.page.parent.name == "20261123-020005"
    assert second.page.parent.name == "20261123-020005-2"
    assert "other" in second.lines.read_text()
    assert "other" not in first.lines.read_text()


def test_a_folder_that_can_not_be_written_is_one_clear_sentence(result, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match=r"can't be written to .*file"):
        write_report(result, tmp_path / "file" / "reports")
