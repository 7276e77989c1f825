"""By whose rules a lorebook's entries fire."""

from typing import Literal, get_args

from langgraph_roleplay.personas.card import Lorebook, LoreEntry
from langgraph_roleplay.personas.lorebooks.leftovers import notes_in, with_note

__all__ = ["Dialect", "dialect_of", "with_dialect"]

Dialect = Literal["spec", "sillytavern", "risuai", "agnai"]
"""Whose rules hold: those of Character Card V2/V3, or of the program that the book was written for."""

_SILLYTAVERN_MARKS = frozenset(
    {"selectiveLogic", "useProbability", "exclude_recursion", "prevent_recursion", "delay_until_recursion"}
)


def dialect_of(book: Lorebook) -> Dialect:
    """Return the dialect that the importer noted; else what the entries' extensions tell; else `spec`."""
    noted = notes_in(book.extensions).get("dialect")
    known: tuple[Dialect, ...] = get_args(Dialect)
    return next((dialect for dialect in known if dialect == noted), None) or _guess(book)


def with_dialect(book: Lorebook, dialect: Dialect) -> Lorebook:
    """Return `book` with a note of its dialect, other extensions as they were."""
    return book.model_copy(update={"extensions": with_note(book.extensions, "dialect", dialect)})


def _guess(book: Lorebook) -> Dialect:
    if any(_SILLYTAVERN_MARKS & entry.extensions.keys() for entry in book.entries):
        return "sillytavern"
    if any(_is_risu(entry) for entry in book.entries) or any(_is_risu_mark(key) for key in book.extensions):
        return "risuai"
    return "spec"


def _is_risu(entry: LoreEntry) -> bool:
    return any(_is_risu_mark(key) for key in entry.extensions)


def _is_risu_mark(key: str) -> bool:
    return key.startswith("risu_")
