import pytest


def fields(**extensions):
    return {"extensions": extensions}


@pytest.fixture
def chain(entry):
    return entry("king", content="The queen."), entry("queen", content="The castle."), entry("castle", content="Old.")


def test_entries_call_for_each_other_where_the_book_says_so(called, book, chain):
    assert called(book(*chain, recursive_scanning=True), said="king") == ["The queen.", "The castle.", "Old."]
    assert called(book(*chain, recursive_scanning=False), said="king") == ["The queen."]


def test_content_is_searched_however_short_the_scan_is(called, book, entry, chain):
    lore = book(entry("none", content="A king.", constant=True), *chain, scan_depth=0, recursive_scanning=True)
    assert len(called(lore, said="nothing")) == 4


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ({}, ["The queen.", "The castle."]),
        ({"exclude_recursion": True}, ["The queen."]),
        ({"exclude_recursion": False, "prevent_recursion": "yes"}, ["The queen.", "The castle."]),
    ],
)
def test_an_entry_may_refuse_to_be_called_for_by_others(called, book, entry, extensions, expected):
    queen = entry("queen", content="The castle.", extensions=extensions)
    assert called(book(entry("king", content="The queen."), queen, recursive_scanning=True), said="king") == expected


def test_an_entry_may_refuse_to_call_for_others(called, book, entry, chain):
    king = entry("king", content="The queen.", **fields(prevent_recursion=True))
    assert called(book(king, *chain[1:], recursive_scanning=True), said="king") == ["The queen."]


@pytest.mark.parametrize("delay", [True, 1])
def test_an_entry_may_wait_for_recursion_and_then_match_messages_too(called, book, entry, delay):
    late = entry("rain", content="Wet.", **fields(delay_until_recursion=delay))
    lore = book(entry("king", content="The queen."), late, recursive_scanning=True)
    assert called(lore, said="rain") == []
    assert called(lore, said="king in the rain") == ["The queen.", "Wet."]


def test_levels_of_recursion_open_one_at_a_time_when_nothing_is_new(called, book, entry):
    levels = [entry("rain", content=f"Level {level}", **fields(delay_until_recursion=level)) for level in (5, 1, 2)]
    lore = book(entry("king", content="Hail."), *levels, recursive_scanning=True)
    assert sorted(called(lore, said="king in the rain")) == ["Hail.", "Level 1", "Level 2", "Level 5"]
    blocked = entry("hail", content="Storm.", **fields(group="one"))
    first = entry("rain", content="First.", **fields(delay_until_recursion=1, group="one"))
    later = entry("rain", content="Later.", **fields(delay_until_recursion=2, group="one"))
    lore = book(entry("king", content="Hail."), first, later, recursive_scanning=True)
    assert called(lore, said="king in the rain") == ["Hail.", "First."]
    assert called(book(blocked, later, recursive_scanning=False), said="rain") == []


def test_a_second_key_may_come_with_the_content_of_another_entry(called, book, entry):
    both = entry("rain", content="Wet.", secondary_keys=("queen",), selective=True)
    lore = book(entry("king", content="The queen."), both, recursive_scanning=True)
    assert called(lore, said="rain") == []
    assert called(lore, said="king in the rain") == ["The queen.", "Wet."]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{{hidden_key:castle}}Stone.", True),
        ("{{// castle}}Stone.", False),
        ("{{comment: castle}}Stone.", False),
        ("The home of {{char}}.", False),
    ],
)
def test_hidden_keys_are_matched_in_other_entries_and_comments_nowhere(called, book, entry, content, found):
    lore = book(entry("king", content=content), entry("castle", content="Old."), recursive_scanning=True)
    assert ("Old." in called(lore, said="king")) is found


def test_names_in_content_are_put_in_before_it_is_searched(called, book, entry):
    lore = book(entry("king", content="Father of {{char}}."), entry("Bea", content="Old."), recursive_scanning=True)
    assert called(lore, said="king") == ["Father of {{char}}.", "Old."]


def test_a_pattern_searches_other_entries_too(called, book, entry):
    lore = book(entry("king", content="Qu33n."), entry(r"qu\d+n", content="Old.", use_regex=True))
    assert called(lore.model_copy(update={"recursive_scanning": True}), said="king") == ["Qu33n.", "Old."]


@pytest.mark.parametrize(
    ("mark", "expected"),
    [("@@recursive", ["The queen.", "Old."]), ("@@unrecursive", ["The queen."]), ("", ["The queen.", "Old."])],
)
def test_risuai_says_by_decorator_who_calls_for_others(called, book, entry, mark, expected):
    lore = book(entry("king", content=f"{mark}\nThe queen.".strip()), entry("queen", content="Old."), dialect="risuai")
    assert called(lore, said="king") == expected


def test_risuai_says_by_decorator_who_is_not_called_for(called, book, entry):
    queen = entry("queen", content="@@no_recursive_search\nOld.")
    assert called(book(entry("king", content="The queen."), queen, dialect="risuai"), said="king") == ["The queen."]


def test_a_circle_ends(called, book, entry):
    circle = [entry(f"k{place}", content=f"k{(place + 1) % 5} {place}") for place in range(5)]
    assert len(called(book(*circle, recursive_scanning=True), said="k3")) == 5


def test_recursion_ends_after_so_many_steps_and_so_many_letters(called, book, entry):
    chain = [entry(f"k{place}", content=f"k{place + 1}") for place in range(100)]
    assert len(called(book(*chain, recursive_scanning=True), said="k0")) == 33
    long = entry("king", content="x " * 70_000 + "queen")
    assert len(called(book(long, entry("queen"), recursive_scanning=True), said="king")) == 1


def test_books_call_for_each_other_only_where_both_say_so(called, book, entry):
    king = book(entry("king", content="The queen."), recursive_scanning=True)
    for recursive, count in ((True, 2), (False, 1)):
        assert len(called(king, book(entry("queen"), recursive_scanning=recursive), said="king")) == count
