import pytest

from langgraph_roleplay.personas.lore import compile_lore


@pytest.mark.parametrize(
    ("triggers", "trigger", "active"),
    [
        ([], "continue", True),
        (["normal"], "normal", True),
        (["normal"], "continue", False),
        (["swipe", "regenerate"], "normal", False),
        (["swipe"], "continue", False),
        (["swipe", "continue"], "continue", True),
        (["quiet"], "normal", False),
        ("normal", "continue", True),
    ],
)
def test_an_entry_may_be_for_some_kinds_of_turn(*, called, book, entry, triggers, trigger, active):
    lore = book(entry("key", extensions={"triggers": triggers}))
    assert bool(called(lore, said="key", trigger=trigger)) is active


@pytest.mark.parametrize(
    ("character_filter", "active"),
    [
        ({}, True),
        ({"names": []}, True),
        ({"names": ["BEA", "Cleo"]}, True),
        ({"names": ["Cleo"]}, False),
        ({"names": ["Bea"], "isExclude": True}, False),
        ({"names": ["Cleo"], "isExclude": True}, True),
        ({"tags": ["17"]}, True),
        ({"names": "Cleo", "isExclude": 3}, True),
        (None, True),
        (["Cleo"], True),
    ],
)
def test_an_entry_may_be_for_some_characters(called, book, entry, character_filter, active):
    lore = book(entry("key", constant=True, extensions={"character_filter": character_filter}))
    assert bool(called(lore, said="x")) is active


def test_an_entry_for_swipes_alone_waits_for_ever_and_its_lore_says_so(book, entry):
    for_swipes = entry("key", extensions={"triggers": ["swipe", "regenerate"]})
    for_others = entry("key", extensions={"triggers": ["swipe", "normal"]})
    (note,) = compile_lore([book(for_swipes, for_others)]).notes
    assert note == "'key' waits for swipes or other kinds of turn that can not be told apart here"
