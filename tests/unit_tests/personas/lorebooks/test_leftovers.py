from langgraph_roleplay.personas.lorebooks.leftovers import (
    note_leftovers,
    restore_leftovers,
    without_note,
    without_notes,
)

SOURCE = {"order": "5", "key": "a, b", "mood": [1]}
WRITTEN = {"order": 5, "key": ["a", "b"], "constant": False}


def noted():
    return note_leftovers({"x": 1}, "foreign", source=SOURCE, written=WRITTEN)


def test_what_was_not_edited_comes_back_as_it_stood():
    assert restore_leftovers(WRITTEN, noted(), "foreign") == SOURCE


def test_what_was_edited_comes_out_as_edited():
    edited = {"order": 6, "key": ["a", "b"], "constant": True}
    assert restore_leftovers(edited, noted(), "foreign") == {**SOURCE, "order": 6, "constant": True}


def test_what_was_taken_away_stays_away():
    assert restore_leftovers({"key": ["a", "b"], "constant": False}, noted(), "foreign") == {"key": "a, b", "mood": [1]}


def test_values_that_only_python_takes_for_equal_are_noted():
    extensions = note_leftovers({}, "foreign", source={"a": 1, "b": 1.0}, written={"a": True, "b": 1})
    restored = restore_leftovers({"a": True, "b": 1}, extensions, "foreign")
    assert [type(value) for value in restored.values()] == [int, float]


def test_nothing_is_noted_where_everything_is_said():
    assert note_leftovers({"x": 1}, "foreign", source={"a": [1]}, written={"a": [1]}) == {"x": 1}


def test_notes_of_one_form_leave_those_of_another_alone():
    both = note_leftovers(noted(), "other", source={"b": 2}, written={})
    assert without_note(both, "other") == noted()
    assert without_notes(both) == {"x": 1}
    assert without_note(noted(), "foreign") == {"x": 1}
    assert restore_leftovers(WRITTEN, {"langgraph_roleplay": {"foreign": "broken"}}, "foreign") == WRITTEN
