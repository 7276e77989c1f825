import pytest

from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lorebooks.dialects import dialect_of, with_dialect


def book(extensions=None, **entry_extensions):
    return Lorebook.model_validate(
        {"extensions": extensions or {}, "entries": [{"keys": ["a"]}, {"keys": ["b"], "extensions": entry_extensions}]}
    )


@pytest.mark.parametrize(
    ("lorebook", "dialect"),
    [
        (Lorebook(), "spec"),
        (book(), "spec"),
        (book(**{"vendor/x": 1}), "spec"),
        (book(selectiveLogic=0), "sillytavern"),
        (book(exclude_recursion=True, position=4), "sillytavern"),
        (book(risu_case_sensitive=False), "risuai"),
        (book({"risu_fullWordMatching": True}), "risuai"),
        (book({"langgraph_roleplay": {"dialect": "agnai"}}, selectiveLogic=0), "agnai"),
        (book({"langgraph_roleplay": {"dialect": "klingon"}}, selectiveLogic=0), "sillytavern"),
        (book({"langgraph_roleplay": ["broken"]}), "spec"),
        (book({"langgraph_roleplay": {"dialect": []}}), "spec"),
    ],
)
def test_a_dialect_is_what_was_noted_else_what_the_entries_tell(lorebook, dialect):
    assert dialect_of(lorebook) == dialect


def test_a_note_of_the_dialect_leaves_the_other_extensions_alone():
    noted = with_dialect(book({"vendor/x": 1, "langgraph_roleplay": {"other": 2}}), "risuai")
    assert noted.extensions == {"vendor/x": 1, "langgraph_roleplay": {"other": 2, "dialect": "risuai"}}
    assert dialect_of(noted) == "risuai"
