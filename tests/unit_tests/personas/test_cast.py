import re

import pytest

from langgraph_roleplay.personas import PersonaLibrary, substitute
from langgraph_roleplay.personas.lore import LoreScan, ScannedMessage, activate_lore, compile_lore

CAST = PersonaLibrary().list()
each = pytest.mark.parametrize("persona", CAST, ids=lambda persona: persona.id)


def test_there_are_six_and_one_speaks_chinese():
    assert len(CAST) >= 6
    assert [persona.id for persona in CAST if persona.language == "zh"] == ["sun-wukong"]


@each
def test_every_part_of_a_card_is_filled(persona):
    assert len(persona.greetings) == 3
    assert len(persona.examples) == 3
    assert len(persona.deflections) == 3
    assert 5 <= len(persona.character_book.entries) <= 8
    assert persona.personality
    assert persona.tags
    assert (persona.creator, persona.character_version) == ("langgraph-roleplay", "1.0")
    assert "{{user}}" in persona.scenario
    assert all("{{user}}" in greeting for greeting in persona.greetings[:2])


@each
def test_a_description_is_short_enough_for_a_small_model(persona):
    if persona.language == "zh":
        assert 100 <= len(persona.description) <= 200
    else:
        assert 60 <= len(persona.description.split()) <= 110


@each
def test_each_greeting_invites_an_answer(persona):
    assert all(re.search(r"[?？]|tell it quickly", greeting[-120:]) for greeting in persona.greetings)


@each
def test_examples_are_one_question_and_one_answer(persona):
    for block in persona.examples:
        asked, answered = block.split("\n")
        assert re.match(r"\{\{user\}\}[:：]", asked)
        assert re.match(r"\{\{char\}\}[:：]", answered)


@each
def test_no_unknown_macro_is_left_in_a_card(persona):
    data = persona.to_card()["data"]
    texts = [value for value in data.values() if isinstance(value, str)]
    texts += [*persona.greetings, *(entry["content"] for entry in data["character_book"]["entries"])]
    assert not re.search(
        r"[{}<>]", "".join(substitute(text, char="C", user="U") for text in texts).replace("<START>", "")
    )


@each
def test_every_lore_entry_is_found_by_each_of_its_keys(persona):
    lore = compile_lore([persona.character_book])
    for entry in persona.character_book.entries:
        for key in entry.keys:
            scan = LoreScan(messages=[ScannedMessage("user", "U", f"… {key}?")], char="C", user="U")
            active = activate_lore(lore, scan, state={}, seed="seed").entries
            assert entry.content in [found.text for found in active]


def test_only_alice_is_a_child():
    assert [persona.id for persona in CAST if persona.is_minor] == ["alice"]
