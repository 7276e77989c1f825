from pathlib import Path

import pytest

from langgraph_roleplay.personas.lorebooks import load_lorebook

ELDORIA = Path("../shared/data/cards/sillytavern_Eldoria_worldinfo.json")


def costing(entry, tokens, *, letter="x", **more):
    """A constant of so many tokens."""
    return entry(content=letter * tokens * 4, constant=True, **more)


def letters(outcome):
    return "".join(sorted(active.text[0] for active in outcome.entries))


def fill(entry, dialect_order):
    """Ten, thirty and five tokens, most important first by priority or order."""
    return [
        costing(entry, tokens, letter=letter, **{dialect_order: rank})
        for letter, tokens, rank in (("a", 10, 9), ("b", 30, 5), ("c", 5, 1))
    ]


@pytest.mark.parametrize(
    ("dialect", "by", "kept"),
    [
        ("spec", "priority", "a"),
        ("spec", "insertion_order", "a"),
        ("sillytavern", "insertion_order", "a"),
        ("risuai", "priority", "ac"),
        ("risuai", "insertion_order", "ac"),
        ("agnai", "insertion_order", "ac"),
    ],
)
def test_a_full_book_stops_or_goes_on_to_the_next_that_fits(*, activate, book, entry, dialect, by, kept):
    outcome = activate(book(*fill(entry, by), dialect=dialect, token_budget=20), said="x")
    assert letters(outcome) == kept
    assert "always; needs 30 tokens and is too long for the book's 20" in {out.why for out in outcome.left_out}
    assert len(outcome.entries) + len(outcome.left_out) == 3


@pytest.mark.parametrize("dialect", ["spec", "sillytavern"])
def test_those_behind_one_that_did_not_fit_are_named_with_their_keys_and_with_it(activate, book, entry, dialect):
    entries = [entry("wood", content="x" * 400, name="Wood", insertion_order=9), entry("wolf"), entry("owl")]
    outcome = activate(book(*entries, dialect=dialect, token_budget=20), said="wood wolf owl")
    assert [(out.key, out.why) for out in outcome.left_out[1:]] == [
        (key, f"key {key!r} in the last message; stopped by 'Wood', which did not fit") for key in ("wolf", "owl")
    ]


@pytest.mark.parametrize(
    ("dialect", "options", "context", "why"),
    [
        ("spec", {"token_budget": 35}, 0, "needs 30 tokens, 5 are left of the book's 35"),
        ("sillytavern", {"token_budget": 60}, 0, "30 are left of the book's 60, one of which must stay free"),
        ("sillytavern", {}, 200, "needs 30 tokens, 20 are left of the book's 50 (25% of 200)"),
        ("agnai", {"token_budget": 29}, 0, "needs 30 tokens and is too long for the book's 29"),
        ("sillytavern", {"token_budget": 30}, 0, "too long for the book's 30, one of which must stay free"),
    ],
)
def test_what_does_not_fit_says_what_it_needs_and_what_is_left(
    *, activate, book, entry, dialect, options, context, why
):
    pair = [entry("key", content=letter * 120) for letter in "ab"]
    outcome = activate(book(*pair, dialect=dialect, **options), said="key", context_tokens=context)
    assert outcome.left_out[-1].why.startswith("key 'key' in the last message; ")
    assert any(out.why.endswith(why) for out in outcome.left_out)


def test_a_limit_that_is_the_prompts_is_called_so(activate, book, entry):
    (out,) = activate(book(costing(entry, 30), token_budget=99), said="x", budget=20).left_out
    assert out.why == "always; needs 30 tokens and is too long for the prompt's 20"


@pytest.mark.skipif(not ELDORIA.is_file(), reason="the world Eldoria is in ../shared/data, which is not here")
def test_every_entry_of_eldoria_that_was_called_for_is_accounted_for(activate):
    world = load_lorebook(ELDORIA)
    outcome = activate(world, said="forest of monsters, magic, glade", context_tokens=1000)
    assert [(out.name, out.key) for out in outcome.left_out] == [
        ("eldoria", "forest"),
        ("shadowfang", "monster"),
        ("glade", "glade"),
        ("power", "magic"),
    ]
    assert {out.book for out in outcome.left_out} == {world.name}


def test_what_ignores_its_books_budget_is_not_stopped_by_others(activate, book, entry):
    entries = [entry("key", content="x" * 400, insertion_order=9), entry("key", extensions={"ignore_budget": True})]
    assert letters(activate(book(*entries, dialect="sillytavern", token_budget=20), said="key")) == "K"


def test_what_another_books_content_calls_for_in_a_full_book_is_accounted_for_and_takes_no_place(activate, book, entry):
    weather = {"group": "weather"}
    late = entry("queen", content="Old.", name="Queen", extensions={**weather, "group_weight": 10**6})
    full = book(entry("king", content="x" * 400, name="Long"), late, dialect="sillytavern", token_budget=20)
    full = full.model_copy(update={"recursive_scanning": True})
    other = book(entry("king", content="The queen."), entry("queen", content="Rain.", extensions=weather))
    outcome = activate(full, other.model_copy(update={"recursive_scanning": True}), said="king")
    assert {active.text for active in outcome.entries} == {"The queen.", "Rain."}
    assert outcome.left_out[-1].why == "key 'queen' in another entry; stopped by 'Long', which did not fit"


@pytest.mark.parametrize(("dialect", "kept"), [("spec", "a"), ("risuai", "a"), ("agnai", "a"), ("sillytavern", "")])
def test_whether_an_entry_may_fill_the_budget_to_its_end(activate, book, entry, dialect, kept):
    lore = book(costing(entry, 10, letter="a"), dialect=dialect, token_budget=10)
    assert letters(activate(lore, said="x")) == kept


@pytest.mark.parametrize(
    ("dialect", "context", "limit"),
    [
        ("spec", 400, 999),
        ("sillytavern", 400, 99),
        ("sillytavern", 0, 999),
        ("risuai", 400, 800),
        ("agnai", 40, 999),
    ],
)
def test_a_book_that_names_no_budget_has_that_of_its_dialect(*, activate, book, entry, dialect, context, limit):
    lore = book(*(entry(content=f"{place:04}", constant=True) for place in range(999)), dialect=dialect)
    assert len(activate(lore, said="x", context_tokens=context).entries) == limit


def test_recursion_stops_with_a_full_book_of_sillytavern(called, book, entry):
    entries = [
        entry("king", content="The queen.", insertion_order=9),
        entry("king", content="x" * 4000, insertion_order=5),
        entry("queen", content="Old."),
    ]
    for dialect, texts in (("sillytavern", ["The queen."]), ("risuai", ["Old.", "The queen."])):
        lore = book(*entries, dialect=dialect, token_budget=100, recursive_scanning=True)
        assert called(lore, said="king") == texts


@pytest.mark.parametrize("dialect", ["spec", "sillytavern", "risuai", "agnai"])
def test_constants_are_paid_for_first(activate, book, entry, dialect):
    always = entry(content="a" * 40, constant=True, insertion_order=1, priority=1)
    spoken = entry("key", content="b" * 40, insertion_order=9, priority=9)
    lore = book(always, spoken, dialect=dialect, token_budget=15)
    assert letters(activate(lore, said="key")) == "a"


@pytest.mark.parametrize("dialect", ["spec", "sillytavern", "risuai", "agnai"])
def test_a_constant_is_paid_for_before_what_is_still_on(activate, book, entry, dialect):
    always = entry(content="a" * 40, constant=True, insertion_order=1, priority=1)
    lore = book(always, entry("key", id=1, content="b" * 40, extensions={"sticky": 9}), dialect=dialect)
    state = activate(lore, said="key").state
    assert letters(activate(lore.model_copy(update={"token_budget": 15}), said=("key", "x", "y"), state=state)) == "a"


def test_what_may_go_first_goes_first(activate, book, entry):
    first_out = entry("key", content="@@ignore_on_max_context\n" + "a" * 40, priority=9)
    lore = book(first_out, entry("key", content="b" * 40, priority=1), token_budget=15)
    outcome = activate(lore, said="key")
    assert letters(outcome) == "b"
    assert activate(book(first_out), said="key").entries[0].first_out


def test_an_entry_may_ignore_its_books_budget_but_not_the_prompts(activate, book, entry):
    lore = book(costing(entry, 30, extensions={"ignore_budget": True}), costing(entry, 5, letter="y"), token_budget=10)
    assert letters(activate(lore, said="x")) == "xy"
    assert letters(activate(lore, said="x", budget=30)) == "x"
    assert letters(activate(lore, said="x", budget=29)) == "y"


def test_the_prompts_room_goes_to_the_characters_book_first(activate, book, entry):
    own, world = book(costing(entry, 10, letter="a")), book(costing(entry, 10, letter="b", priority=9))
    outcome = activate(own, world, said="x", budget=15)
    assert letters(outcome) == "a"
    assert outcome.left_out[0].why == "always; needs 10 tokens, the prompt has room for 5"
    assert letters(activate(own, world, said="x", budget=20)) == "ab"


def test_each_book_has_its_own_budget(activate, book, entry):
    books = [book(costing(entry, 10, letter=letter), token_budget=10) for letter in "ab"]
    assert letters(activate(*books, said="x")) == "ab"


def test_the_same_content_is_in_once(activate, book, entry):
    twice = book(entry("key", content="Same."), entry("key", content=" Same. "))
    outcome = activate(twice, book(entry("key", content="Same.")), said="key")
    assert [active.text for active in outcome.entries] == ["Same."]
    assert {out.why for out in outcome.left_out} == {"the same text as 'key' of a book without a name"}
    assert activate(twice, said="key").left_out[0].why == "the same text as 'key'"


def test_where_there_are_two_books_the_one_is_named_that_has_the_same_text(activate, book, entry):
    books = [book(entry("key", content="Same."), name=name) for name in ("Eldoria", "Mordor")]
    outcome = activate(*books, said="key")
    assert [active.book for active in outcome.entries] == ["Eldoria"]
    assert [(out.book, out.why) for out in outcome.left_out] == [("Mordor", "the same text as 'key' of 'Eldoria'")]


def test_a_budget_of_nothing_lets_nothing_in(activate, book, entry):
    assert activate(book(costing(entry, 1)), said="x", budget=0).entries == ()
    assert activate(book(costing(entry, 1), token_budget=0), said="x").entries == ()
    assert activate(book(costing(entry, 1)), said="x", budget=-5).entries == ()


def test_a_prompt_takes_so_many_entries_however_small_and_reports_so_many_left_out(activate, book, entry):
    many = book(*(entry("key", content=f"{place}") for place in range(2000)))
    outcome = activate(many, said="key", budget=10**6)
    assert (len(outcome.entries), len(outcome.left_out)) == (300, 100)
    assert {out.why for out in outcome.left_out} == {
        "key 'key' in the last message; a prompt takes 300 entries at most"
    }
    assert len(activate(many, said="key").entries) == 2000


def test_what_a_report_says_of_an_entry_is_short_whatever_the_book_says(activate, book, entry):
    long = "k" * 5000
    first, second = (entry(long, content=name, extensions={"group": long}, name=long) for name in "ab")
    shown = entry(long, extensions={"position": 7, "outlet_name": long}, id=long, content="c")
    outcome = activate(book(first, second, shown), said=long)
    reported = [
        text for entry in outcome.entries for text in (entry.uid, entry.name, entry.key, entry.why, entry.outlet)
    ]
    reported += [text for out in outcome.left_out for text in (out.uid, out.name, out.why)]
    assert outcome.left_out
    assert max(map(len, reported)) < 300
