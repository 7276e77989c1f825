"""RisuAI's lorebook exports."""

import re
from collections.abc import Mapping
from pathlib import Path
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

__all__ = ["read_risu_lorebook", "to_risu_lorebook"]

_FORM = "risuai"
_ENTRY = (
    Column("key", "keys", "commas"),
    Column("secondkey", "secondary_keys", "commas"),
    Column("insertorder", "insertion_order", "number"),
    Column("comment", "comment", "text"),
    Column("content", "content", "text"),
    Column("alwaysActive", "constant", "flag"),
    Column("selective", "selective", "flag"),
    Column("useRegex", "use_regex", "flag"),
    Column("mode", "mode", "text"),
    Column("folder", "folder", "text"),
    Column("id", "id", "id"),
)
_PERCENT = Column("activationPercent", "risu_activationPercent", "number")
_CACHE = Column("loreCache", "risu_loreCache")
_BETWEEN_PATTERNS = re.compile(r",\s*(?=/)")


def read_risu_lorebook(source: Mapping[str, Any], place: Place) -> Lorebook:
    """Read an export; it has no name, so it is called by its file.

    Raises:
        PersonaError: a field can't be read; names file, entry and field.
    """
    entries = as_entries(source.get("data"), place.at("data"))
    read = [_read_entry(entry, place.at("data").at(index)) for index, entry in enumerate(entries)]
    book = build_lorebook({"name": Path(place.label).stem, "extensions": {}, "entries": read}, place)
    head = {field: value for field, value in source.items() if field != "data"}
    extensions = note_leftovers({}, _FORM, source=head, written=_head())
    return with_dialect(book.model_copy(update={"extensions": extensions}), "risuai")


def to_risu_lorebook(book: Lorebook) -> dict[str, Any]:
    """Return `book` as RisuAI exports one."""
    head = restore_leftovers(_head(), book.extensions, _FORM)
    return {**head, "data": [_to_entry(entry) for entry in book.entries]}


def _head() -> dict[str, Any]:
    return {"type": "risu", "ver": 1}


def _read_entry(source: Mapping[str, Any], place: Place) -> LoreEntry:
    fields = read_columns(source, _ENTRY, place)
    if fields.get("use_regex") and isinstance(source.get("key"), str):
        # RisuAI splits at every comma and so breaks a pattern that holds one; its author meant the pattern.
        fields["keys"] = [key for key in _BETWEEN_PATTERNS.split(source["key"]) if key]
    extensions = {
        # The letter is missing in RisuAI's own files.
        **as_mapping(source.get("extentions"), place.at("extentions")),
        **read_columns(source, (_PERCENT, _CACHE), place, nulls=True),
    }
    if (percent := extensions.get("risu_activationPercent")) is not None:
        extensions["probability"] = percent
    fields["case_sensitive"] = extensions.get("risu_case_sensitive") is True
    # A folder's key is a mark of RisuAI's, not a word that anyone says.
    fields["enabled"] = fields.get("mode") != "folder"
    entry = build_entry({**fields, "extensions": extensions}, place)
    noted = note_leftovers(extensions, _FORM, source=source, written=_write_fields(entry))
    return entry.model_copy(update={"extensions": noted})


def _to_entry(entry: LoreEntry) -> dict[str, Any]:
    return restore_leftovers(_write_fields(entry), entry.extensions, _FORM)


def _write_fields(entry: LoreEntry) -> dict[str, Any]:
    own = without_notes(entry.extensions)
    probability, cache = own.pop("probability", None), own.pop(_CACHE.ours, None)
    percent = own.pop(_PERCENT.ours, probability)
    if entry.case_sensitive:
        own.setdefault("risu_case_sensitive", True)
    fields = {
        "mode": "constant" if entry.constant else "normal",
        **entry.model_dump(mode="json", exclude_none=True),
        "comment": entry.comment or entry.name,
        _PERCENT.ours: percent,
        _CACHE.ours: cache,
    }
    written = write_columns(fields, (*_ENTRY, _PERCENT, _CACHE))
    return {**written, **({"extentions": own} if own else {})}
