import pytest


@pytest.mark.parametrize(
    ("triggers", "trigger", "active"),
    [
        ([], "swipe", True),
        (["normal"], "normal", True),
        (["normal"], "continue", False),
        (["regenerate"], "swipe", True),
        (["swipe", "continue"], "continue", True),
        (["quiet"], "normal", False),
        ("normal", "swipe", True),
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
