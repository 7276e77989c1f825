"""Stand-alone lorebooks in and out: the format is told by what is in the file, not by its name."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.cards.json_text import read_json_leniently, to_json
from langgraph_roleplay.personas.cards.limits import check_values
from langgraph_roleplay.personas.lorebooks.agnai import read_memory_book, to_memory_book
from langgraph_roleplay.personas.lorebooks.fields import Place
from langgraph_roleplay.personas.lorebooks.risuai import read_risu_lorebook, to_risu_lorebook
from langgraph_roleplay.personas.lorebooks.spec import (
    read_character_book,
    read_lorebook_v3,
    to_character_book,
    to_lorebook_v3,
)
from langgraph_roleplay.personas.lorebooks.world_info import read_world_info, to_world_info
from langgraph_roleplay.personas.reading import MAX_ENTRIES, read_bytes
from langgraph_roleplay.personas.writing import write_whole

__all__ = ["Form", "load_lorebook", "looks_like_lorebook", "save_lorebook"]

Form = Literal["lorebook_v3", "character_book", "world_info", "risuai", "agnai"]
"""How a lorebook stands in a file; `character_book` is what stands in a card, bare."""

_READERS: Mapping[Form, Callable[[Mapping[str, Any], Place], Lorebook]] = {
    "lorebook_v3": read_lorebook_v3,
    "character_book": read_character_book,
    "world_info": read_world_info,
    "risuai": read_risu_lorebook,
    "agnai": read_memory_book,
}
_WRITERS: Mapping[Form, Callable[[Lorebook], dict[str, Any]]] = {
    "lorebook_v3": to_lorebook_v3,
    "character_book": to_character_book,
    "world_info": to_world_info,
    "risuai": to_risu_lorebook,
    "agnai": to_memory_book,
}
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"PK\x03\x04")


def load_lorebook(source: str | os.PathLike[str] | bytes | Mapping[str, Any], *, label: str = "") -> Lorebook:
    """Read a lorebook from a file, from a file's bytes, or from its JSON.

    Args:
        source: a path, a file's bytes, or JSON that is parsed already: V3's `lorebook_v3`, a bare `character_book`,
            SillyTavern's World Info, a RisuAI export or an Agnai memory book. The book notes its dialect.
        label: what errors call `source` when it is not a path; a world without a name is called by its stem.

    Raises:
        PersonaError: the file can't be read, or a field is wrong; names file, entry and field.
    """
    if not isinstance(source, bytes | Mapping):
        path = Path(source)
        return load_lorebook(read_bytes(path), label=path.name[:80])
    label = label or "lorebook"
    if isinstance(source, bytes):
        if source.startswith(_PICTURES):
            raise _is_card(label)
        source, _ = read_json_leniently(source, label)
    _check_values(source, label)
    _check_count(source, label)
    form = _form_of(source)
    if form is None:
        raise _is_card(label) if _looks_like_card(source) else _is_unknown(label)
    return _READERS[form](source, Place(label))


def looks_like_lorebook(source: Mapping[str, Any]) -> bool:
    """Whether JSON is that of a lorebook, sound or not: then its faults are told as those of one."""
    return _form_of(source) is not None


def save_lorebook(book: Lorebook, path: str | os.PathLike[str], *, form: Form | None = None) -> None:
    """Write `book` to `path`, whole or not at all; without a `form` as `lorebook_v3`, which loses nothing.

    Raises:
        PersonaError: the file can't be written.
    """
    path = Path(path)
    text = to_json(_WRITERS[form or "lorebook_v3"](book), path.name[:80], indent=2)
    try:
        write_whole(path, text + b"\n")
    except OSError as error:
        raise PersonaError(f"{path.name[:80]}: can't be written ({error.strerror}).") from error


def _check_values(source: Mapping[str, Any], label: str) -> None:
    """The fields of the book itself are those that are as deep as they may be, wherever they stand in the file."""
    data = source.get("data")
    if isinstance(data, Mapping):
        check_values(data, label, "data.")
        source = {field: value for field, value in source.items() if field != "data"}
    check_values(source, label)


def _check_count(source: Mapping[str, Any], label: str) -> None:
    """Count before anything is read; RisuAI's entries are `data` itself, those of `lorebook_v3` are in it."""
    data = source.get("data")
    for entries in (source.get("entries"), data, data.get("entries") if isinstance(data, Mapping) else None):
        if isinstance(entries, Mapping | list) and len(entries) > MAX_ENTRIES:
            raise PersonaError(f"{label}: {len(entries):,} entries; at most {MAX_ENTRIES:,} are read.")


def _form_of(source: Mapping[str, Any]) -> Form | None:
    if str(source.get("spec", "")).startswith("lorebook"):
        return "lorebook_v3"
    return None if _looks_like_card(source) else _form_without_spec(source)


def _form_without_spec(source: Mapping[str, Any]) -> Form | None:
    entries = source.get("entries")
    if source.get("type") == "risu" and isinstance(source.get("data"), list):
        return "risuai"
    if source.get("kind") == "memory" or _any_entry_has(entries, "keywords"):
        return "agnai"
    if _any_entry_has(entries, "key"):
        return "world_info"
    if "lorebookVersion" in source or not isinstance(entries, Mapping | list):
        return None
    return "character_book" if isinstance(entries, list) or _any_entry_has(entries, "keys") else "world_info"


def _looks_like_card(source: Mapping[str, Any]) -> bool:
    data = source.get("data")
    fields = data if isinstance(data, Mapping) else source
    return str(source.get("spec", "")).startswith("chara") or ("name" in fields and "first_mes" in fields)


def _is_card(label: str) -> PersonaError:
    return PersonaError(f"{label}: this looks like a character card, not a lorebook; import it as a character.")


def _is_unknown(label: str) -> PersonaError:
    return PersonaError(
        f"{label}: no lorebook that is known here; expected lorebook_v3, World Info, RisuAI or Agnai JSON."
    )


def _any_entry_has(entries: Any, field: str) -> bool:
    listed = list(entries.values()) if isinstance(entries, Mapping) else entries
    return isinstance(listed, list) and any(isinstance(entry, Mapping) and field in entry for entry in listed[:20])
