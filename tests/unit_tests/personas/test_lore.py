import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.personas import Lorebook, LoreEntry, match_lore


def entry(*keys, content="Lore.", **more):
    return LoreEntry(keys=keys, content=content, **more)


def book(*entries, **more):
    return Lorebook(entries=entries, **more)


def contents(matches):
    return [match.entry.content for match in matches]


@pytest.mark.parametrize(
    ("key", "text", "matches"),
    [
        ("violin", "Play the violin!", True),
        ("violin", "VIOLIN", True),
        ("violin", "two violins", False),
        ("cat", "concatenate", False),
        ("Baker Street", "at Baker Street.", True),
        ("C++", "I write C++ code", True),
        ("师父", "我师父说的", True),
        ("violin", "他拉violin呢", True),
        ("été", "l'été dernier", True),
        ("ete", "l'été dernier", False),
        ("king", "Кинг и king", True),
        ("Кот", "котел", False),
        ("  violin ", "a violin", True),
        ("", "anything", False),
        ("a.c", "abc", False),
    ],
)
def test_a_key_matches_whole_words_of_latin_and_any_part_of_chinese(key, text, matches):
    assert bool(match_lore(book(entry(key)), [text])) is matches


def test_case_matters_only_when_the_entry_says_so():
    assert match_lore(book(entry("Art", case_sensitive=True)), ["art"]) == []
    assert match_lore(book(entry("Art", case_sensitive=True)), ["Art"])


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (entry("violin"), "key 'violin' in the last message"),
        (entry("fog"), "key 'fog' in the message 1 before the last"),
        (entry("absent", constant=True), "always"),
        (
            entry("violin", selective=True, secondary_keys=["fog"]),
            "key 'violin' in the last message with 'fog' in the message 1 before the last",
        ),
    ],
)
def test_a_match_says_why(made, why):
    (match,) = match_lore(book(made), ["a fog", "a violin"])
    assert match.why == why


@pytest.mark.parametrize(
    "made",
    [
        entry("violin", enabled=False),
        entry("violin", enabled=False, constant=True),
        entry("violin", content="  "),
        entry("violin", use_regex=True),
        entry(".*", use_regex=True, constant=True),
        entry("violin", selective=True, secondary_keys=["drum"]),
        entry(),
    ],
)
def test_some_entries_never_match(made):
    assert match_lore(book(made), ["a violin"]) == []


def test_selective_without_secondary_keys_needs_none():
    assert match_lore(book(entry("violin", selective=True)), ["a violin"])


@pytest.mark.parametrize(("depth", "matches"), [(None, False), (5, True), (1, False), (0, False)])
def test_only_the_newest_messages_are_searched(depth, matches):
    texts = ["a violin", "1", "2", "3", "4"]
    assert bool(match_lore(book(entry("violin"), scan_depth=depth), texts)) is matches


def test_content_is_in_the_order_of_the_book_and_only_once():
    made = book(
        entry("a", content="third", insertion_order=30),
        entry("a", content="first", insertion_order=1),
        entry("a", content="first", insertion_order=2),
        entry("a", content="second", insertion_order=2.5),
    )
    assert contents(match_lore(made, ["a"])) == ["first", "second", "third"]


def test_a_short_budget_drops_the_lowest_priority_first():
    made = [
        entry("a", content="x" * 40, insertion_order=1, priority=9),
        entry("a", content="y" * 40, insertion_order=2, priority=1),
        entry("a", content="z" * 40, insertion_order=3, priority=5),
    ]
    assert contents(match_lore(book(*made), ["a"], limit_tokens=20)) == ["x" * 40, "z" * 40]
    assert contents(match_lore(book(*made, token_budget=10), ["a"], limit_tokens=20)) == ["x" * 40]
    assert match_lore(book(*made), ["a"], limit_tokens=0) == []


def test_no_book_and_no_messages_give_nothing():
    assert match_lore(None, ["a"]) == []
    assert match_lore(book(entry("a")), []) == []


@given(st.text(max_size=20), st.text(max_size=60), st.booleans())
def test_any_key_and_text_can_be_matched(key, text, case_sensitive):
    found = match_lore(book(entry(key, case_sensitive=case_sensitive)), [text])
    assert len(found) <= 1
