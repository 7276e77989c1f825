"""Casting: who plays, with which lore, and whether the card may give instructions."""

import asyncio
import json
import os

import pytest

from langgraph_roleplay import casting as module
from langgraph_roleplay.casting import Casting
from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import load_persona
from langgraph_roleplay.personas.lore import compile_lore
from langgraph_roleplay.personas.trust import TrustedCards
from langgraph_roleplay.settings import Settings

CARD = {
    "name": "Ada",
    "system_prompt": "Rhyme.",
    "character_book": {"entries": [{"keys": ["bee"], "content": "Bees."}]},
}
WORLD = {"spec": "lorebook_v3", "data": {"name": "harbour", "entries": [{"keys": ["quay"], "content": "The quay."}]}}


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "ada.json").write_text(json.dumps(CARD))
    (tmp_path / "personas" / "harbour.json").write_text(json.dumps(WORLD))
    return Settings(home=tmp_path)


@pytest.fixture
def casting(settings, monkeypatch):
    monkeypatch.setattr(module, "_FRESH", 0.0)
    return Casting(lambda: settings)


def texts(part):
    return [entry.content for entry in part.lore.entries]


async def test_a_card_brings_its_own_lore_and_a_context_adds_lorebooks(casting):
    assert texts(await casting.part(Context(persona="ada"))) == ["Bees."]
    assert texts(await casting.part(Context(persona="ada", lorebooks=["harbour"]))) == ["Bees.", "The quay."]


async def test_a_lorebook_that_is_not_there_is_an_error_that_names_it(casting):
    with pytest.raises(PersonaError, match="nowhere"):
        await casting.part(Context(persona="ada", lorebooks=["nowhere"]))


async def test_a_card_that_comes_with_the_call_plays_like_one_of_the_folder(casting):
    part = await casting.part(Context(persona={"spec": "chara_card_v3", "spec_version": "3.0", "data": CARD}))
    assert (part.persona.name, texts(part)) == ("Ada", ["Bees."])


async def test_a_changed_card_is_read_again_and_a_broken_one_finishes_what_it_was_saying(
    casting, settings, monkeypatch
):
    file = settings.cast / "ada.json"
    await casting.part(Context(persona="ada"))
    file.write_text(json.dumps(CARD | {"description": "A poet."}))
    assert (await casting.part(Context(persona="ada"))).persona.description == "A poet."
    file.write_text("{")
    os.utime(file, ns=(1, 1))
    assert (await casting.part(Context(persona="ada"))).persona.description == "A poet."
    monkeypatch.setattr(module, "_SPARED", -1.0)
    with pytest.raises(PersonaError):
        await casting.part(Context(persona="ada"))


async def test_a_removed_card_is_not_trusted_on_once_trust_is_revoked(casting, settings):
    trusted = TrustedCards(settings.trusted)
    trusted.trust(load_persona(settings.cast / "ada.json"))
    assert (await casting.part(Context(persona="ada"))).trusted
    trusted.revoke("ada")
    (settings.cast / "ada.json").unlink()
    assert not (await casting.part(Context(persona="ada"))).trusted


@pytest.mark.parametrize("persona", ["ada", CARD])
async def test_lore_that_has_not_changed_is_compiled_once(casting, monkeypatch, persona):
    compiled = []
    monkeypatch.setattr(module, "compile_lore", lambda books: compiled.append(books) or compile_lore(books))
    for _ in range(3):
        await casting.part(Context(persona=persona, lorebooks=["harbour"]))
    assert len(compiled) == 1


@pytest.mark.parametrize("by", ["file", "setting"])
async def test_a_card_is_trusted_by_its_digest_and_no_longer_once_it_is_edited(settings, monkeypatch, by):
    monkeypatch.setattr(module, "_FRESH", 0.0)
    persona = load_persona(settings.cast / "ada.json")
    if by == "file":
        TrustedCards(settings.trusted).trust(persona)
    else:
        settings = settings.model_copy(update={"trusted_cards": frozenset({persona.digest})})
    casting = Casting(lambda: settings)
    assert (await casting.part(Context(persona="ada"))).trusted
    (settings.cast / "ada.json").write_text(json.dumps(CARD | {"description": "Another."}))
    assert not (await casting.part(Context(persona="ada"))).trusted


async def test_a_server_that_sees_ever_new_cards_keeps_a_bounded_number(casting, monkeypatch):
    monkeypatch.setattr(module, "_ROOM", 5 * (module._CARD + 1))
    for number in range(20):
        await casting.part(Context(persona=CARD | {"name": f"Ada {number}"}))
    assert len(casting._known) <= 5


async def test_many_threads_may_look_up_at_once(settings, monkeypatch):
    monkeypatch.setattr(module, "_FRESH", 0.0)
    monkeypatch.setattr(module, "_ROOM", 3 * module._CARD)
    casting = Casting(lambda: settings)
    contexts = [Context(persona=CARD | {"name": f"Ada {number % 9}"}) for number in range(200)]
    parts = await asyncio.gather(*map(casting.part, contexts))
    assert [part.persona.name for part in parts] == [f"Ada {number % 9}" for number in range(200)]


async def test_a_long_card_weighs_more_than_a_short_one(casting, monkeypatch):
    monkeypatch.setattr(module, "_ROOM", 1000)
    for number in range(8):
        await casting.part(Context(persona={"name": f"Ada {number}", "description": "x" * 900_000}))
    assert len(casting._known) <= 3


async def test_a_card_that_breaks_after_a_long_while_still_finishes_what_it_was_saying(casting, settings, monkeypatch):
    await casting.part(Context(persona="ada"))
    now = module.time.monotonic()
    monkeypatch.setattr(module.time, "monotonic", lambda: now + 600)
    (settings.cast / "ada.json").unlink()
    assert (await casting.part(Context(persona="ada"))).persona.name == "Ada"
