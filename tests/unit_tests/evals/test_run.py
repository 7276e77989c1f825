"""A run with a scripted model: real turns, LangSmith's `aevaluate`, no network."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from langgraph_roleplay.errors import ModelError, PersonaError, RoleplayError
from langgraph_roleplay.evals.metrics import distinct_2, faultless
from langgraph_roleplay.evals.report import render_lines, render_page
from langgraph_roleplay.evals.result import tally
from langgraph_roleplay.evals.run import run_suite
from langgraph_roleplay.evals.suites import load_suite
from langgraph_roleplay.evals.table import make_case_table
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.settings import Settings

VERDICT = '{"reason": "It does.", "value": "pass"}'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture(autouse=True)
def _without_ragas(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the default environment, in every environment."""
    monkeypatch.setitem(__import__("sys").modules, "ragas", None)
    monkeypatch.setitem(__import__("sys").modules, "ragas.metrics", None)


def model(*replies: object) -> ScriptedChatModel:
    return ScriptedChatModel(list(replies) or ["A curious thing, to be sure."], loop=True)


async def test_cases_are_held_in_order_and_scored_by_the_metrics_that_need_no_model(settings):
    told = []
    result = await run_suite(
        "conversation", settings=settings, model=model(), limit=3, progress=lambda *done: told.append(done)
    )
    assert [case.case.id for case in result.cases] == ["first-words", "kept-in-mind", "muddy-boots"]
    assert [len(case.outcome["turns"]) for case in result.cases] == [1, 2, 1]
    assert result.metrics == ("faultless", "distinct_2")
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert result.cases[0].scores["faultless"]["score"] == 1.0


async def test_without_ragas_a_note_says_in_one_line_what_to_install(settings):
    result = await run_suite("conversation", settings=settings, model=model(), limit=1)
    (note,) = result.notes
    assert "pip install 'langgraph-roleplay[evals]'" in note
    assert "\n" not in note
    assert result.judge == ""


async def test_a_plain_loop_gives_the_scores_that_langsmith_gives(settings):
    result = await run_suite("conversation", settings=settings, model=model(), limit=2)
    for case in result.cases:
        reference = {"expected": case.case.expected}
        assert faultless(case.outcome, reference) == case.scores["faultless"]
        assert distinct_2(case.outcome, reference) == case.scores["distinct_2"]


async def test_one_case_is_not_remembered_in_the_next_and_nothing_is_kept(settings):
    asked = model()
    await run_suite("conversation", settings=settings, model=asked, limit=3)
    last = "".join(message.text for message in asked.calls[-1])
    assert "muddy boots" in last
    assert "bees" not in last
    assert not settings.home.exists()


async def test_a_fault_that_the_checks_cut_from_the_draft_still_counts_against_the_model(settings):
    result = await run_suite(
        "conversation", settings=settings, model=model("As an AI language model, I am nobody."), limit=1
    )
    assert "language model" not in result.cases[0].outcome["turns"][0]["reply"]
    assert result.cases[0].scores["faultless"]["score"] == 0.0


async def test_a_persona_is_asked_every_case_but_those_about_others(settings):
    result = await run_suite("conversation", settings=settings, persona="Alice", model=model(), limit=12)
    assert {case.outcome["persona"] for case in result.cases} == {"alice"}
    assert {case.case.persona for case in result.cases} == {None, "alice"}


async def test_a_conversation_that_breaks_down_is_told_and_counted(settings):
    result = await run_suite("conversation", settings=settings, model=model(ValueError("unforeseen")), limit=1)
    (case,) = result.cases
    assert "unforeseen" in case.error
    assert case.scores["faultless"]["score"] is None


async def test_a_case_that_breaks_off_is_not_scored_on_the_turns_that_it_held(settings):
    second = load_suite("conversation")[1].turns[1]

    def answer(messages):
        if second in messages[-1].text:
            raise RoleplayError("the house is on fire")
        return "The cat is in the garden."

    result = await run_suite("conversation", settings=settings, model=model(answer), limit=2)
    whole, broken = result.cases
    assert [turn["reply"] for turn in broken.outcome["turns"]] == ["The cat is in the garden."]
    assert whole.scores["faultless"]["score"] == 1.0
    assert {score["score"] for score in broken.scores.values()} == {None}
    assert "broken off: RoleplayError: the house is on fire" in broken.scores["distinct_2"]["comment"]
    assert tally("faultless", result.cases).mean == 1.0
    assert tally("faultless", result.cases).unscored == 1
    note = "1 of 2 cases broke off and are not scored. kept-in-mind: RoleplayError: the house is on fire"
    assert result.notes[0] == note
    _, line = map(json.loads, render_lines(result).splitlines())
    assert (line["broken_off"], line["error"]) == (True, "RoleplayError: the house is on fire")
    assert render_page(result).count("broken off</span>") == 1
    assert note in render_page(result)
    shown = Console(width=120)
    with shown.capture() as printed:
        shown.print(make_case_table(result))
    assert printed.get().count("(broken off)") == 1


async def test_what_langsmith_prints_is_not_shown(settings, capsys):
    await run_suite("conversation", settings=settings, model=model(), limit=1)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("wishes", "error", "told"),
    [({"persona": "alcie"}, PersonaError, "alice"), ({"model": "nobody:x"}, ModelError, "nobody")],
)
async def test_what_can_not_begin_is_one_clear_error(settings, wishes, error, told):
    with pytest.raises(error, match=told):
        await run_suite("conversation", settings=settings, **{"model": model(), **wishes})
