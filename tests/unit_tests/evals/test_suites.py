import pytest
from pydantic import ValidationError

from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.evals.suites import Case, choose_cases, load_suite, suite_names
from langgraph_roleplay.personas import PersonaLibrary


@pytest.mark.parametrize("name", suite_names())
def test_every_suite_has_ten_cases_of_its_own_id_about_characters_that_exist(name):
    cases = load_suite(name)
    assert len(cases) >= 10
    assert len({case.id for case in cases}) == len(cases)
    assert {case.persona for case in cases} - {None} <= set(PersonaLibrary().ids())


def test_an_unknown_suite_is_an_error_that_names_those_that_are():
    with pytest.raises(SettingsError, match=r"'conversations'; there is: conversation\."):
        load_suite("conversations")


def test_a_name_does_not_lead_out_of_the_folder():
    with pytest.raises(SettingsError):
        load_suite("../suites/conversation")


def test_a_character_is_asked_what_concerns_anyone_and_what_concerns_it():
    cases = load_suite("conversation")
    chosen = choose_cases(cases, persona="alice", limit=None)
    assert {case.persona for case in chosen} == {None, "alice"}
    assert len(choose_cases(cases, persona="somebody-of-mine", limit=None)) >= 10


def test_the_limit_takes_the_first_cases():
    cases = load_suite("conversation")
    assert choose_cases(cases, persona=None, limit=2) == cases[:2]


@pytest.mark.parametrize("change", [{"turns": []}, {"expected": ""}, {"persno": "alice"}])
def test_a_broken_case_is_refused(change):
    with pytest.raises(ValidationError):
        Case.model_validate({"id": "x", "turns": ["Hello."], "expected": "A greeting.", **change})
