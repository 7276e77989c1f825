import time

import pytest

from langgraph_roleplay.personas.lore import activate_lore, compile_lore


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("/vio(la|lin)/", "a viola", True),
        ("/vio(la|lin)/", "A VIOLA", False),
        ("/vio(la|lin)/i", "A VIOLA", True),
        ("/^fog$/m", "rain\nfog\nsun", True),
        ("/a.b/s", "a\nb", True),
        (r"/\u4f60/", "你好", True),
        (r"/a\/b/", "a/b", True),
        (r"/(?<!not )afraid/", "I am afraid", True),
        (r"/(?<!not )afraid/", "I am not afraid", False),
        (r"/(\w)\1/", "abba", True),
        (r"/(\w)\1/", "abab", False),
        ("/(/", "(", False),
        ("/[/", "[", False),
        ("/(?P<x/", "x", False),
        ("/" + "a" * 1001 + "/", "a" * 2000, False),
        (r"/((a{1000}){1000}){1000}/", "a", False),
    ],
)
def test_a_pattern_is_searched_and_an_invalid_one_is_no_match(*, called, book, entry, pattern, text, matches):
    for dialect in ("spec", "risuai"):
        assert bool(called(book(entry(pattern, use_regex=True), dialect=dialect), said=text)) is matches
    assert bool(called(book(entry(pattern), dialect="sillytavern"), said=text, user="U")) is matches


def test_a_pattern_without_slashes_goes_by_the_case_of_its_entry(called, book, entry):
    assert called(book(entry("vio.in", use_regex=True)), said="VIOLIN")
    assert not called(book(entry("vio.in", use_regex=True, case_sensitive=True)), said="VIOLIN")


def test_a_pattern_may_ask_who_speaks(called, book, entry):
    lore = book(entry(r"/\x01{{user}}:[^\x01]*?violin/i", content="Lore."), dialect="sillytavern")
    assert called(lore, said=("a violin?", "Fog.")) == []
    assert called(lore, said=("Fog.", "A violin?")) == ["Lore."]


def test_nobody_can_forge_the_anchor_of_a_speaker(called, book, entry):
    lore = book(entry(r"/\x01Bea: violin/", content="Lore."), dialect="sillytavern")
    assert called(lore, said="\x01Bea: violin") == []


@pytest.mark.parametrize(
    "pattern",
    [r"/(?=((a{1000}){1000}){1000})/", r"/(a{9999999999})\1/", r"/((a{1000}){1000}){1000}/", "/" + "(" * 999 + "/"],
)
def test_a_pattern_that_would_grow_without_end_is_no_match(called, book, entry, pattern):
    began = time.thread_time()
    assert called(book(entry(pattern, use_regex=True)), said="aaa") == []
    assert time.thread_time() - began < 0.2


HOSTILE = {
    "goes back": lambda place: f"/(?=a)(?:a+)+(?:{place})?$/",
    "large program": lambda place: f"/((a?){{0,30}}){{0,30}}b{place}/",
    "many states": lambda place: f"/[ab]*a[ab]{{900}}x{place}/",
    "many classes": lambda place: rf"/(\p{{L}}+\p{{L}}+){{20}}{place}/",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("count", [1, 100])
def test_patterns_that_would_take_for_ever_cost_little_and_do_not_match(*, scan, book, entry, kind, count):
    hostile = [entry(HOSTILE[kind](place), use_regex=True, content=f"{place}") for place in range(count)]
    said = scan(*["aab" * 1300 + "! violin"] * 4)
    times = []
    for _ in range(3):  # the best of which had no garbage of others' to collect
        lore = compile_lore([book(*hostile, entry("violin"))])
        began = time.thread_time()
        outcome = activate_lore(lore, said, state={}, seed="seed")
        times.append(time.thread_time() - began)
        assert [active.text for active in outcome.entries] == ["VIOLIN"]
    assert min(times) < 0.06


def test_the_report_says_which_pattern_was_too_slow_and_for_which_no_time_was_left(scan, book, entry):
    hostile = [entry(HOSTILE["goes back"](place), use_regex=True, content=f"{place}") for place in range(50)]
    outcome = activate_lore(compile_lore([book(*hostile)]), scan("a" * 4000 + "!"), state={}, seed="seed")
    assert len(outcome.left_out) == 50
    whys = {out.why.partition("'")[0] for out in outcome.left_out}
    assert whys == {"pattern ", "no time was left for its pattern"}


def test_many_honest_patterns_are_all_searched(scan, book, entry):
    honest = [entry(rf"\b(word|noun){place}(s|es)?\b", use_regex=True, content=f"{place}") for place in range(300)]
    said = scan(*["the noun7s and the word299 of the book " * 20] * 4)
    outcome = activate_lore(compile_lore([book(*honest)]), said, state={}, seed="seed")
    assert {active.text for active in outcome.entries} == {"7", "299"}
    assert outcome.left_out == ()


def test_what_one_user_says_does_not_turn_a_pattern_off_for_another(scan, book, entry):
    lore = compile_lore([book(entry("/(?=a)(?:a+)+$/", use_regex=True))])
    slow = activate_lore(lore, scan("a" * 4000 + "!"), state={}, seed="seed")
    assert slow.left_out[0].why == "pattern '(?=a)(?:a+)+$' took too long"
    assert len(activate_lore(lore, scan("aaa"), state={}, seed="seed").entries) == 1


def test_a_pattern_that_took_too_long_is_not_tried_again_in_the_same_turn(scan, book, entry):
    slow, quick = entry("/(?=a)(?:a+)+$/", use_regex=True), entry("/(?=violin)v/", content="Music.", use_regex=True)
    lore = compile_lore([book(slow, quick)])
    outcome = activate_lore(lore, scan(*["violin " + "a" * 4000 + "!"] * 4), state={}, seed="seed")
    assert [active.text for active in outcome.entries] == ["Music."]


@pytest.mark.parametrize("pattern", ["(", "x" * 1001, "(?=x)(?:a{999}){999}", "{{user}} ("])
def test_a_pattern_that_can_not_be_used_is_noted_when_books_are_compiled(book, entry, pattern):
    usable = entry("{{user}} sings", "{{char}} (", "fog", use_regex=False)
    (note,) = compile_lore([book(entry(pattern, name="Song", use_regex=True), usable)]).notes
    assert note.startswith("'Song' has a pattern that is not valid, or too costly: ")
    assert len(note) < 200


def test_notes_do_not_grow_with_the_book(book, entry):
    assert len(compile_lore([book(*(entry(f"({place}", use_regex=True) for place in range(500)))]).notes) == 100
