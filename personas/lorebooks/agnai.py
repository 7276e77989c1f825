"""Agnai's memory books."""

from collections.abc import Mapping
from typing import Any

from langgraph_roleplay.personas.card import Lorebook, LoreEntry
from langgraph_roleplay.personas.lorebooks.dialects import with_dialect
from langgraph_roleplay.personas.lorebooks.fields import (
    Column,
    Place,
    as_entries,
    as_mapping,
    read_columns,
    write_columns,
)
from langgraph_roleplay.personas.lorebooks.leftovers import note_leftovers, restore_leftovers, without_notes
from langgraph_roleplay.personas.lorebooks.spec import build_entry, build_lorebook

__all__ = ["read_memory_book", "to_memory_book"]

_FORM = "agnai"
_BOOK = (
    Column("name", "name", "text"),
    Column("description", "description", "text"),
    Column("scanDepth", "scan_depth", "number"),
    Column("tokenBudget", "token_budget", "number"),
    Column("recursiveScanning", "recursive_scanning", "flag"),
)
_ENTRY = (
    Column("name", "name", "text"),
    Column("entry", "content", "text"),
    Column("keywords", "keys", "texts"),
    Column("priority", "priority", "number"),
    Column("weight", "insertion_order", "number"),
    Column("enabled", "enabled", "flag"),
    Column("comment", "comment", "text"),
    Column("selective", "selective", "flag"),
    Column("secondaryKeys", "secondary_keys", "texts"),
    Column("constant", "constant", "flag"),
    Column("position", "position", "text"),
    Column("id", "id", "id"),
)
_ALWAYS = frozenset({"name", "content", "keys", "priority", "insertion_order", "enabled"})
"""What Agnai expects of every entry; the others it only hands on."""


def read_memory_book(source: Mapping[str, Any], place: Place) -> Lorebook:
    """Read a memory book: the lowest `priority` is left out first, the highest `weight` stands lowest.

    Raises:
        PersonaError: a field can't be read; names file, entry and field.
    """
    entries = as_entries(source.get("entries"), place.at("entries"))
    fields = read_columns(source, _BOOK, place)
    fields["extensions"] = dict(as_mapping(source.get("extensions"), place.at("extensions")))
    fields["entries"] = [_read_entry(entry, place.at("entries").at(index)) for index, entry in enumerate(entries)]
    book = build_lorebook(fields, place)
    head = {field: value for field, value in source.items() if field != "entries"}
    extensions = note_leftovers(book.extensions, _FORM, source=head, written=_head(book))
    return with_dialect(book.model_copy(update={"extensions": extensions}), "agnai")


def to_memory_book(book: Lorebook) -> dict[str, Any]:
    """Return `book` as Agnai exports one."""
    head = restore_leftovers(_head(book), book.extensions, _FORM)
    return {**head, "entries": [_to_entry(entry) for entry in book.entries]}


def _head(book: Lorebook) -> dict[str, Any]:
    fields = book.model_dump(mode="json", exclude={"entries"}, exclude_defaults=True)
    extensions = without_notes(book.extensions)
    head = {"kind": "memory", "name": book.name, "description": book.description, **write_columns(fields, _BOOK)}
    return {**head, **({"extensions": extensions} if extensions else {})}


def _read_entry(source: Mapping[str, Any], place: Place) -> LoreEntry:
    entry = build_entry(read_columns(source, _ENTRY, place), place)
    extensions = note_leftovers({}, _FORM, source=source, written=_write_fields(entry))
    return entry.model_copy(update={"extensions": extensions})


def _to_entry(entry: LoreEntry) -> dict[str, Any]:
    return restore_leftovers(_write_fields(entry), entry.extensions, _FORM)


def _write_fields(entry: LoreEntry) -> dict[str, Any]:
    always = {**entry.model_dump(mode="json", include=set(_ALWAYS)), "priority": entry.priority or 0}
    named = {**always, "name": entry.name or entry.comment}
    return write_columns({**entry.model_dump(mode="json", exclude_defaults=True), **named}, _ENTRY)
