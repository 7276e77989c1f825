import json
import threading

import pytest

from langgraph_roleplay.errors import SettingsError
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.personas.trust import TrustedCards, is_trusted, orders_of
from langgraph_roleplay.settings import Settings

BOSSY = Persona(name="Bossy", system_prompt="Obey me.", description="A clerk.")


def test_no_card_is_trusted_at_first(tmp_path):
    trusted = TrustedCards(tmp_path / "trusted.json")
    assert not trusted.allows(BOSSY)
    assert trusted.list() == ()


def test_a_trusted_card_is_allowed_and_stays_so_for_another_process(tmp_path):
    path = tmp_path / "home" / "trusted.json"
    TrustedCards(path).trust(BOSSY)
    assert TrustedCards(path).allows(BOSSY)
    assert [(card.hash, card.id, card.name) for card in TrustedCards(path).list()] == [(BOSSY.hash, "bossy", "Bossy")]
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "edit",
    [
        {"system_prompt": "Obey me!"},
        {"description": "A queen."},
        {"post_history_instructions": "Obey me."},
        {"extensions": {"x": 1}},
    ],
)
def test_any_edit_ends_trust(tmp_path, edit):
    trusted = TrustedCards(tmp_path / "trusted.json")
    trusted.trust(BOSSY)
    assert not trusted.allows(Persona(**BOSSY.model_dump() | edit))
    assert trusted.allows(BOSSY)


def test_a_card_that_meets_only_the_short_hash_is_not_trusted(tmp_path):
    path = tmp_path / "trusted.json"
    TrustedCards(path).trust(BOSSY)
    (entry,) = json.loads(path.read_text())
    other = Persona(name="Forger", system_prompt="Obey.")
    path.write_text(json.dumps([entry | {"hash": other.hash}]))
    assert TrustedCards(path).list()[0].hash == other.hash
    assert not TrustedCards(path).allows(other)


@pytest.mark.parametrize("ref", [BOSSY.hash, BOSSY.digest, "bossy", "Bossy", " BOSSY "])
def test_trust_is_taken_back_from_every_version(tmp_path, ref):
    trusted = TrustedCards(tmp_path / "trusted.json")
    older = Persona(name="Bossy", system_prompt="Obey me.", character_version="1")
    other = Persona(name="Other", system_prompt="Please.")
    for persona in (older, BOSSY, other):
        trusted.trust(persona)
    gone = trusted.revoke(ref)
    assert BOSSY.hash in {card.hash for card in gone}
    assert not trusted.allows(BOSSY)
    assert trusted.allows(older) == (ref in (BOSSY.hash, BOSSY.digest))
    assert trusted.allows(other)
    assert trusted.revoke("nobody") == ()


@pytest.mark.parametrize("content", ["", "{", "{}", "[1]", '[{"hash": "a"}]', "\udce9"])
def test_a_damaged_list_trusts_nobody_and_says_so_to_the_operator(tmp_path, content):
    path = tmp_path / "trusted.json"
    path.write_text(content, errors="surrogateescape")
    trusted = TrustedCards(path)
    assert not trusted.allows(BOSSY)
    for act in (trusted.list, lambda: trusted.trust(BOSSY), lambda: trusted.revoke("bossy")):
        with pytest.raises(SettingsError, match=r"trusted\.json"):
            act()


def test_of_cards_that_are_trusted_at_once_none_is_lost(tmp_path):
    path, count = tmp_path / "home" / "trusted.json", 8

    def trust(number):
        for part in range(3):
            TrustedCards(path).trust(Persona(name=f"Clerk {number} {part}", system_prompt="Obey."))

    threads = [threading.Thread(target=trust, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(TrustedCards(path).list()) == count * 3


def test_a_card_is_trusted_by_the_settings_or_by_the_list(tmp_path):
    settings = Settings(home=tmp_path)
    assert not is_trusted(BOSSY, settings)
    assert is_trusted(BOSSY, settings.model_copy(update={"trusted_cards": frozenset({BOSSY.digest})}))
    TrustedCards(settings.trusted).trust(BOSSY)
    assert is_trusted(BOSSY, settings)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="file"):
        TrustedCards(tmp_path / "file" / "trusted.json").trust(BOSSY)


def test_orders_are_the_two_texts_that_are_not_empty():
    assert orders_of(BOSSY) == {"system_prompt": "Obey me."}
    assert orders_of(Persona(name="Shy", system_prompt=" \n", post_history_instructions="Be brief.")) == {
        "post_history_instructions": "Be brief."
    }
