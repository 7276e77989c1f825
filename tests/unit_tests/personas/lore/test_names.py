"""Keys that name the character or the user are made ready once for each name."""

import pytest

from langgraph_roleplay.personas.lore import activate_lore, compile_lore


def test_a_lore_without_names_in_its_keys_is_always_ready(book, entry):
    assert compile_lore([book(entry("key", content="Of {{user}}."))]).ready("Bea", "Ann")


@pytest.mark.parametrize("key", ["friend of {{user}}", "{{USER}}", "<user>", "{{user}} and {{char}}"])
def test_keys_are_ready_for_a_user_who_was_there(scan, book, entry, key):
    lore = compile_lore([book(entry(key))])
    assert not lore.ready("Bea", "Ann")
    activate_lore(lore, scan("x"), state={}, seed="s")
    assert lore.ready("Bea", "Ann")
    assert not lore.ready("Bea", "Max")
    assert not lore.ready("Cleo", "Ann")


@pytest.mark.parametrize("key", ["friend of {{char}}", "<bot>", "{{// a comment}}fog"])
def test_keys_that_name_the_character_alone_are_ready_for_every_user(scan, book, entry, key):
    lore = compile_lore([book(entry(key))])
    activate_lore(lore, scan("x"), state={}, seed="s")
    assert lore.ready("Bea", "somebody new")


def test_a_client_that_changes_its_name_does_not_fill_the_memory(scan, book, entry):
    lore = compile_lore([book(entry("{{user}}"))])
    users = [f"User {number}" for number in range(200)]
    for user in users:
        outcome = activate_lore(lore, scan(f"I am {user}.", user=user), state={}, seed="s")
        assert len(outcome.entries) == 1
    assert sum(lore.ready("Bea", user) for user in users) < 50


def test_names_are_put_into_patterns_in_bounded_time_and_the_report_says_so(monkeypatch, scan, book, entry):
    monkeypatch.setattr("langgraph_roleplay.personas.lore.lore._NAMING_SECONDS", 0.02)
    patterns = [entry(f"(?=x{place}){{{{user}}}} meets [a-z]{{20}}", use_regex=True) for place in range(1000)]
    outcome = activate_lore(compile_lore([book(*patterns)]), scan("x"), state={}, seed="s")
    assert {out.why for out in outcome.left_out} == {"no time was left for its pattern"}
