"""SillyTavern's World Info: a lorebook as a file of its own.

An entry's own fields keep the names that SillyTavern gives them when it puts a world into a card, under `extensions`;
so the engine meets one shape, wherever a book comes from.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from langgraph_roleplay.personas.card import Lorebook, LoreEntry
from langgraph_roleplay.personas.lorebooks.dialects import dialect_of, with_dialect
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

__all__ = ["read_world_info", "to_world_info"]

_FORM = "world_info"
_AT = "@at"
"""Stands for the key under which an entry is filed, where that is not its uid."""
_BOOK = (Column("name", "name", "text"), Column("description", "description", "text"))
_CORE = (
    Column("key", "keys", "texts"),
    Column("keysecondary", "secondary_keys", "texts"),
    Column("comment", "comment", "text"),
    Column("content", "content", "text"),
    Column("constant", "constant", "flag"),
    Column("selective", "selective", "flag"),
    Column("order", "insertion_order", "number"),
    Column("disable", "enabled", "not"),
)
_OWN = (
    Column("position", "position", "number"),
    Column("depth", "depth", "number"),
    Column("role", "role", "number"),
    Column("outletName", "outlet_name", "text"),
    Column("selectiveLogic", "selectiveLogic", "number"),
    Column("probability", "probability", "number"),
    Column("useProbability", "useProbability", "flag"),
    Column("scanDepth", "scan_depth", "number"),
    Column("caseSensitive", "case_sensitive", "flag"),
    Column("matchWholeWords", "match_whole_words", "flag"),
    Column("excludeRecursion", "exclude_recursion", "flag"),
    Column("preventRecursion", "prevent_recursion", "flag"),
    Column("delayUntilRecursion", "delay_until_recursion"),
    Column("group", "group", "text"),
    Column("groupOverride", "group_override", "flag"),
    Column("groupWeight", "group_weight", "number"),
    Column("useGroupScoring", "use_group_scoring", "flag"),
    Column("sticky", "sticky", "number"),
    Column("cooldown", "cooldown", "number"),
    Column("delay", "delay", "number"),
    Column("vectorized", "vectorized", "flag"),
    Column("ignoreBudget", "ignore_budget", "flag"),
    Column("triggers", "triggers", "texts"),
    Column("matchPersonaDescription", "match_persona_description", "flag"),
    Column("matchCharacterDescription", "match_character_description", "flag"),
    Column("matchCharacterPersonality", "match_character_personality", "flag"),
    Column("matchCharacterDepthPrompt", "match_character_depth_prompt", "flag"),
    Column("matchScenario", "match_scenario", "flag"),
    Column("matchCreatorNotes", "match_creator_notes", "flag"),
    Column("characterFilter", "character_filter"),
    Column("automationId", "automation_id", "text"),
    Column("displayIndex", "display_index", "number"),
)
_OWN_NAMES = frozenset(column.ours for column in _OWN)
_CARD_POSITIONS: Mapping[Any, int] = {"before_char": 0, "after_char": 1}
_DELIMITED = re.compile(r"/.+/[a-z]*", re.DOTALL)
_MAX_DIGITS = 18
_UNSAID = {"selective": True, "insertion_order": 100}
"""What SillyTavern takes when an entry doesn't say, where that is not what we take."""


def read_world_info(source: Mapping[str, Any], place: Place) -> Lorebook:
    """Read a world; one that doesn't say its name is called by its file.

    Raises:
        PersonaError: a field can't be read; names file, entry and field.
    """
    fields = read_columns({**source, "name": source.get("name") or _name_elsewhere(source, place)}, _BOOK, place)
    fields["extensions"] = dict(as_mapping(source.get("extensions"), place.at("extensions")))
    filed = _filed(source.get("entries"), place.at("entries"))
    fields["entries"] = [_read_entry(entry, key, place.at("entries").at(key)) for key, entry in filed]
    book = build_lorebook(fields, place)
    head = {**source, "entries": isinstance(source.get("entries"), list)}
    extensions = note_leftovers(book.extensions, _FORM, source=head, written=_head(book))
    return with_dialect(book.model_copy(update={"extensions": extensions}), "sillytavern")


def to_world_info(book: Lorebook) -> dict[str, Any]:
    """Return `book` as SillyTavern keeps a world; one that came from there has all that it had."""
    head = restore_leftovers(_head(book), book.extensions, _FORM)
    entries = dict(_written_entries(_with_slashes(book)))
    return {**head, "entries": list(entries.values()) if head["entries"] else entries}


def _name_elsewhere(source: Mapping[str, Any], place: Place) -> str:
    card_book = source.get("originalData")
    name = card_book.get("name") if isinstance(card_book, Mapping) else None
    return name if isinstance(name, str) and name else Path(place.label).stem


def _head(book: Lorebook) -> dict[str, Any]:
    """Return what stands beside the entries, and in their place whether they are a list, as they seldom are."""
    named = write_columns({"name": book.name or None, "description": book.description or None}, _BOOK)
    extensions = without_notes(book.extensions)
    return {**named, **({"extensions": extensions} if extensions else {}), "entries": False}


def _filed(entries: Any, place: Place) -> list[tuple[str, Mapping[str, Any]]]:
    if isinstance(entries, Mapping):
        return [(key, as_mapping(entry, place.at(key))) for key, entry in entries.items()]
    return [(str(index), entry) for index, entry in enumerate(as_entries(entries, place))]


def _read_entry(source: Mapping[str, Any], key: str, place: Place) -> LoreEntry:
    uid = source.get("uid")
    extensions = {
        **as_mapping(source.get("extensions"), place.at("extensions")),
        **read_columns(_with_number(source), _OWN, place, nulls=True),
    }
    fields = {**_UNSAID, **read_columns(source, _CORE, place), "extensions": extensions}
    fields["id"] = uid if type(uid) in (int, str) else _as_id(key)
    fields["position"] = "after_char" if extensions.get("position") else "before_char"
    fields["case_sensitive"] = extensions.get("case_sensitive") is True
    fields["use_regex"] = _all_patterns(fields.get("keys", []))
    entry = build_entry(fields, place)
    written = {**_write_fields(entry, fields["id"]), _AT: str(fields["id"])}
    noted = note_leftovers(extensions, _FORM, source={**source, _AT: key}, written=written)
    return entry.model_copy(update={"extensions": noted})


def _as_id(key: str) -> int | str:
    return int(key) if key.isdecimal() and len(key) <= _MAX_DIGITS else key


def _with_number(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an entry with its position as a number, where it has the name that a card has for it."""
    position = source.get("position")
    known = isinstance(position, str) and position in _CARD_POSITIONS
    return {**source, "position": _CARD_POSITIONS[position]} if known else source


def _written_entries(book: Lorebook) -> Iterator[tuple[str, dict[str, Any]]]:
    taken = {str(entry.id) for entry in book.entries}
    free = (uid for uid in count() if str(uid) not in taken)
    filed: set[str] = set()
    for entry in book.entries:
        key, written = _write_entry(entry, next(free) if entry.id is None else entry.id)
        if key in filed:
            key, written = _write_entry(entry, next(free))
        filed.add(key)
        yield key, written


def _write_entry(entry: LoreEntry, uid: int | str) -> tuple[str, dict[str, Any]]:
    written = {**_write_fields(entry, uid), _AT: str(uid)}
    restored = restore_leftovers(written, entry.extensions, _FORM)
    return restored.pop(_AT), restored


def _write_fields(entry: LoreEntry, uid: int | str) -> dict[str, Any]:
    """Return the entry's fields, with those that SillyTavern has no place for where it would look."""
    extensions = {"position": 1 if entry.position == "after_char" else 0, **entry.extensions}
    if entry.case_sensitive:
        extensions.setdefault("case_sensitive", True)
    fields = {
        **entry.model_dump(mode="json"),
        "comment": entry.comment or entry.name,
    }
    own = {column.theirs: extensions[column.ours] for column in _OWN if column.ours in extensions}
    foreign = {name: value for name, value in without_notes(extensions).items() if name not in _OWN_NAMES}
    return {"uid": uid, **write_columns(fields, _CORE), **own, **({"extensions": foreign} if foreign else {})}


def _all_patterns(keys: list[str]) -> bool:
    return bool(keys) and all(_DELIMITED.fullmatch(key) for key in keys)


def _with_slashes(book: Lorebook) -> Lorebook:
    """Return a book of others with slashes around its patterns, by which alone SillyTavern knows one.

    Its own books say `use_regex` of every entry, whatever the keys are.
    """
    if dialect_of(book) == "sillytavern":
        return book
    return book.model_copy(update={"entries": tuple(map(_delimited, book.entries))})


def _delimited(entry: LoreEntry) -> LoreEntry:
    if not entry.use_regex:
        return entry
    return entry.model_copy(update={"keys": tuple(_as_pattern(key, entry.case_sensitive) for key in entry.keys)})


def _as_pattern(key: str, case_sensitive: bool) -> str:
    if _DELIMITED.fullmatch(key):
        return key
    escaped = re.sub(r"(?<!\\)/", r"\\/", key)
    return f"/{escaped}/{'' if case_sensitive else 'i'}"
