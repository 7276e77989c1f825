"""Lorebooks as Character Card V2 and V3 describe them: `character_book` in a card, `lorebook_v3` as a file.

Our own shape is V3's, so this is where nothing needs to be translated.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from langgraph_roleplay.personas.card import Lorebook, LoreEntry
from langgraph_roleplay.personas.cards.mending import mend_book
from langgraph_roleplay.personas.lorebooks.fields import Place
from langgraph_roleplay.personas.lorebooks.leftovers import note_leftovers, restore_leftovers, without_note
from langgraph_roleplay.personas.reading import MAX_TEXT, explain

__all__ = [
    "build_entry",
    "build_lorebook",
    "read_character_book",
    "read_lorebook_v3",
    "to_character_book",
    "to_lorebook_v3",
]

_FORM = "lorebook_v3"
_Part = TypeVar("_Part", Lorebook, LoreEntry)
_REQUIRED = ("keys", "content", "extensions", "enabled", "insertion_order", "use_regex")


def read_lorebook_v3(source: Mapping[str, Any], place: Place) -> Lorebook:
    """Read a stand-alone lorebook; raises PersonaError that names the field."""
    data = source.get("data")
    if not isinstance(data, Mapping):
        raise place.at("data").expected("an object with the lorebook's fields")
    book = read_character_book(data, place.at("data"))
    head = {field: value for field, value in source.items() if field != "data"}
    extensions = note_leftovers(book.extensions, _FORM, source=head, written=_head())
    return book.model_copy(update={"extensions": extensions})


def read_character_book(source: Mapping[str, Any], place: Place) -> Lorebook:
    """Read a card's lorebook, as leniently as the card; raises PersonaError that names the field."""
    mended, _ = mend_book(source)
    return build_lorebook(mended, place)


def build_lorebook(data: Mapping[str, Any], place: Place) -> Lorebook:
    """Build a lorebook from fields of our own names.

    Raises:
        PersonaError: a field has the wrong type, or an entry more text than is read.
    """
    book = _validated(Lorebook, data, place)
    for index, entry in enumerate(book.entries):
        if len(entry.content) > MAX_TEXT:
            raise place.at("entries").at(index).at("content").expected(f"at most {MAX_TEXT:,} characters")
    return book


def build_entry(data: Mapping[str, Any], place: Place) -> LoreEntry:
    """Build an entry from fields of our own names; raises PersonaError that names the field."""
    return _validated(LoreEntry, data, place)


def _validated(model: type[_Part], data: Mapping[str, Any], place: Place) -> _Part:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        path = f"{place.path}." if place.path else ""
        raise place.error(explain(error, place.label, path)) from error


def to_lorebook_v3(book: Lorebook) -> dict[str, Any]:
    """Return `book` as a stand-alone V3 file; what other programs noted in it stands under `extensions`."""
    head = restore_leftovers(_head(), book.extensions, _FORM)
    clean = book.model_copy(update={"extensions": without_note(book.extensions, _FORM)})
    return {**head, "data": to_character_book(clean)}


def _head() -> dict[str, Any]:
    return {"spec": "lorebook_v3"}


def to_character_book(book: Lorebook) -> dict[str, Any]:
    """Return `book` as it stands in a card: what was set, and what the specification asks for."""
    said = book.model_dump(mode="json", exclude_unset=True)
    return {**said, "extensions": dict(book.extensions), "entries": [_to_entry(entry) for entry in book.entries]}


def _to_entry(entry: LoreEntry) -> dict[str, Any]:
    said = entry.model_dump(mode="json", exclude_unset=True)
    required = entry.model_dump(mode="json", include=set(_REQUIRED))
    return {**required, **said}
