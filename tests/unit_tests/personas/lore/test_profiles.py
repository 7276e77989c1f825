"""What each dialect chooses, and what is chosen where documents, code and spec disagree."""

import pytest

DIALECTS = ("spec", "sillytavern", "risuai", "agnai")


def in_each(called, book, *entries, said="key", **more):
    """The dialects in which something is called for."""
    return {dialect for dialect in DIALECTS if called(book(*entries, dialect=dialect, **more), said=said)}


def test_whole_words_are_off_where_the_programs_code_has_them_off(called, book, entry):
    assert in_each(called, book, entry("key"), said="monkeys") == {"sillytavern", "risuai"}


def test_a_whole_word_of_sillytavern_may_be_a_phrase_that_goes_on(called, book, entry):
    words = {"extensions": {"match_whole_words": True}}
    assert in_each(called, book, entry("red key", **words), said="red keys") == {"sillytavern"}
    assert in_each(called, book, entry("key", **words), said="keys") == set()


def test_a_whole_word_of_risuai_stands_between_spaces(called, book, entry):
    words = {"extensions": {"match_whole_words": True}}
    assert in_each(called, book, entry("key", **words), said="the key.") == {"spec", "sillytavern", "agnai"}
    assert in_each(called, book, entry("key", **words), said="the key is") == set(DIALECTS)


def test_risuai_may_ask_whole_words_of_a_book(called, book, entry):
    lore = book(entry("key"), dialect="risuai")
    words = lore.model_copy(update={"extensions": {**lore.extensions, "risu_fullWordMatching": True}})
    assert called(lore, said="monkeys")
    assert not called(words, said="monkeys")


def test_risuai_leaves_spaces_out(called, book, entry):
    assert in_each(called, book, entry("Baker Street"), said="on bakerstreet now") == {"risuai"}
    assert in_each(called, book, entry("Bakerstreet"), said="on Baker Street") == {"risuai"}


def test_names_of_speakers_are_matched_in_sillytavern_and_agnai(called, book, entry):
    assert in_each(called, book, entry("Ann"), said="hello") == {"sillytavern", "agnai"}


@pytest.mark.parametrize(
    ("use_regex", "key", "dialects"),
    [
        (True, "k.y", {"spec"}),
        (True, "/k.y/", {"spec", "sillytavern", "risuai"}),
        (False, "/k.y/", {"sillytavern"}),
        (False, "k.y", set()),
    ],
)
def test_what_is_a_pattern(*, called, book, entry, use_regex, key, dialects):
    assert in_each(called, book, entry(key, use_regex=use_regex)) == dialects


def test_a_flag_that_sillytavern_sets_on_every_entry_does_not_make_its_keys_patterns(called, book, entry):
    assert called(book(entry("C++ (key)", use_regex=True), dialect="sillytavern"), said="C++ (key)")


def test_a_pattern_stands_alone_in_spec_and_risuai(called, book, entry):
    pattern = entry("/key/", use_regex=True, selective=True, secondary_keys=("never",))
    assert in_each(called, book, pattern, said="/key/") == {"spec", "risuai"}
    assert in_each(called, book, entry("/never/", use_regex=True, constant=True)) == {"sillytavern", "agnai"}


def test_only_sillytavern_chooses_how_second_keys_count(called, book, entry):
    not_any = entry("key", selective=True, secondary_keys=("fog",), extensions={"selectiveLogic": 2})
    assert in_each(called, book, not_any) == {"sillytavern"}
    assert in_each(called, book, not_any, said="key fog") == {"spec", "risuai", "agnai"}


def test_second_keys_with_commas_are_several_in_the_spec(called, book, entry):
    several = entry("key", selective=True, secondary_keys=("fog, rain",))
    assert in_each(called, book, several, said="key rain") == {"spec"}


def test_only_risuai_recurses_unasked(called, book, entry):
    king, queen = entry("key", content="The queen."), entry("queen", content="Old.")
    assert {d for d in DIALECTS if len(called(book(king, queen, dialect=d), said="key")) == 2} == {"risuai"}


@pytest.mark.parametrize(("dialect", "depth"), [("spec", 4), ("sillytavern", 2), ("risuai", 5), ("agnai", 4)])
def test_how_far_back_is_looked_unasked(called, book, entry, dialect, depth):
    lore = book(entry("key"), dialect=dialect)
    assert called(lore, said=["key", *["x"] * (depth - 1)])
    assert not called(lore, said=["key", *["x"] * depth])


def test_the_greeting_counts_as_a_message_where_the_program_keeps_it_among_them(called, book, entry):
    waits = entry("key", content="@@activate_only_after 1\nLore.")
    lore = {dialect: book(waits, dialect=dialect) for dialect in DIALECTS}
    assert {d for d in DIALECTS if called(lore[d], said="key", greeting=0)} == {"sillytavern", "risuai"}
    late = {dialect: book(entry("key", extensions={"delay": 2}), dialect=dialect) for dialect in DIALECTS}
    assert {d for d in DIALECTS if called(late[d], said="key", greeting=0)} == {"sillytavern", "risuai"}
    assert {d for d in DIALECTS if called(late[d], said="key")} == set()


def test_the_greeting_is_searched_where_it_is_a_message(activate, book, entry):
    found = {d: activate(book(entry("key"), dialect=d), said="x", opening="The key.").entries for d in DIALECTS}
    assert {d: entries[0].why for d, entries in found.items() if entries} == {
        "sillytavern": "key 'key' in the greeting",
        "risuai": "key 'key' in the greeting",
    }
    together = activate(*(book(entry("key", content=d), dialect=d) for d in DIALECTS), said="x", opening="The key.")
    assert {active.text for active in together.entries} == {"sillytavern", "risuai"}


@pytest.mark.parametrize("key", ["key", r"/\x01Bea: The key/"])
def test_the_greeting_is_the_oldest_message_and_beyond_the_depth_it_is_not_seen(activate, book, entry, key):
    lore = book(entry(key), dialect="sillytavern", scan_depth=3)
    seen = [bool(activate(lore, said=["x"] * said, opening="The key.").entries) for said in (1, 2, 3, 4)]
    assert seen == [True, True, False, False]
    trimmed = activate(lore, said=("x",), branch=("h1", "a2", "h3"), opening="The key.")
    assert not trimmed.entries
    assert activate(lore, said=("x",), branch=("a2", "h3"), opening="The key.").entries


def test_what_was_said_since_goes_before_the_greeting(activate, book, entry):
    (active,) = activate(book(entry("key"), dialect="risuai"), said=("key", "x", "y"), opening="The key.").entries
    assert active.why == "key 'key' in the message 2 before the last"


def test_sillytavern_and_agnai_do_not_pick_by_priority(called, book, entry):
    low = entry("key", content="a" * 40, priority=1, insertion_order=9)
    high = entry("key", content="b" * 40, priority=9, insertion_order=1)
    for dialect, kept in (("spec", "b"), ("sillytavern", "a"), ("risuai", "b"), ("agnai", "a")):
        (text,) = called(book(low, high, dialect=dialect, token_budget=15), said="key")
        assert text[0] == kept


def test_agnai_picks_of_equals_what_was_spoken_of_last(called, book, entry):
    entries = [entry("old", content="a" * 40), entry("new", content="b" * 40)]
    for dialect, kept in (("agnai", "b"), ("risuai", "a")):
        (text,) = called(book(*entries, dialect=dialect, token_budget=15), said=("old", "x", "new"))
        assert text[0] == kept


def test_decorators_of_v3_are_known_everywhere(called, book, entry):
    assert in_each(called, book, entry("key", content="@@dont_activate\nLore.")) == set()


def test_books_of_several_dialects_go_by_their_own_rules(called, book, entry):
    books = [book(entry("key", content=dialect), dialect=dialect) for dialect in DIALECTS]
    assert called(*books, said="monkeys") == ["sillytavern", "risuai"]


def test_a_book_without_a_note_goes_by_what_its_entries_tell(called, entry):
    from langgraph_roleplay.personas import Lorebook

    guessed = entry("key", extensions={"selectiveLogic": 0})
    assert called(Lorebook(entries=(guessed,)), said="monkeys")
    assert not called(Lorebook(entries=(entry("key"),)), said="monkeys")
