"""Sections: minimums first, then the most important first; nothing goes without a word."""

from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.prompts.sections import SECTIONS, Piece, Report, allot, fit_pieces

_WANTS = st.dictionaries(st.sampled_from(sorted(SECTIONS)), st.integers(0, 2000))


def piece(name, text, **fields):
    return Piece(name=name, text=text, source="lorebook", **fields)


@given(_WANTS, st.integers(-50, 3000))
def test_no_more_room_is_given_than_there_is_and_no_more_than_is_wanted(wants, room):
    given_ = allot(wants, room)
    assert sum(given_.values()) <= max(0, room)
    assert all(0 <= given_[name] <= wants[name] for name in wants)


@given(st.integers(0, 3000))
def test_examples_get_room_only_when_persona_lore_and_greeting_have_theirs(room):
    wants = {"persona": 500, "constant lore": 100, "greeting": 80, "examples": 300}
    shares = allot(wants, room)
    full = all(
        shares[name] == min(wants[name], int(room * SECTIONS[name].maximum)) for name in wants if name != "examples"
    )
    assert full or shares["examples"] == 0


def test_the_least_important_lore_goes_first_and_the_rest_keeps_its_order():
    pieces = [piece("a", "x " * 30, priority=1), piece("b", "y " * 30, priority=9), piece("c", "z " * 30, priority=5)]
    report = Report()
    kept = fit_pieces(pieces, tokens=70, place="tail", report=report)
    assert [one.name for one, _ in kept] == ["b", "c"]
    assert [(note["piece"], note["kept"] > 0) for note in report.notes] == [("a", False), ("b", True), ("c", True)]
    assert "left out" in report.notes[0]["why"]


def test_what_asks_to_go_first_goes_before_all_others():
    pieces = [piece("a", "x " * 30, priority=99, first_out=True), piece("b", "y " * 30)]
    kept = fit_pieces(pieces, tokens=40, place="tail", report=Report())
    assert [one.name for one, _ in kept] == ["b"]
