"""The files of an outbox: one letter each, whole or not there; what is taken out of one is out of its bytes."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from langgraph_roleplay.memory.keeping.letters import Letter, UnreadableLetter
from langgraph_roleplay.memory.records import Selection

__all__ = ["Edit", "edit_letter", "read_letter", "without", "write_file", "younger"]

Edit = Callable[[dict[str, Any]], dict[str, Any] | None]
"""Gives what shall stand in the place of a letter's content; None for nothing."""


def read_letter(path: Path) -> Letter | None:
    """The letter in a file; None if there is none any more, it is damaged, or of a newer version."""
    content = _load(path)
    try:
        return None if content is None else Letter.from_json(content)
    except UnreadableLetter:
        return None


def _load(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) and {"scope", "memories"} <= {*content} else None


def edit_letter(path: Path, edit: Edit) -> int:
    """Put an edited letter in the place of the old one, a damaged one out of the way.

    Returns:
        How many memories it has lost.

    Raises:
        OSError: it can't be written.
    """
    content = _load(path)
    edited = edit(content) if content is not None else None
    if content is None or edited is None:
        path.unlink(missing_ok=True)
    elif edited != content:
        write_file(path, json.dumps(edited, ensure_ascii=False))
    return _size(content) - _size(edited)


def _size(content: dict[str, Any] | None) -> int:
    return len(content["memories"]) if content else 0


def without(content: dict[str, Any], selection: Selection) -> dict[str, Any] | None:
    """The letter without what a selection names; None if it names all of its conversation."""
    named = {field: value for field in ("user", "character", "thread") if (value := getattr(selection, field))}
    if any(content["scope"].get(field) != value for field, value in named.items()):
        return content
    if selection == Selection(**named):
        return None
    # Even one that has no memories left says which branch stands.
    return content | {"memories": [memory for memory in content["memories"] if not _names(selection, memory)]}


def younger(content: dict[str, Any], before: datetime, user: str | None) -> dict[str, Any]:
    """The letter without what was made before a moment (aware); that of another user as it is."""
    if user is not None and content["scope"]["user"] != user:
        return content
    return content | {
        "memories": [memory for memory in content["memories"] if datetime.fromisoformat(memory["at"]) >= before]
    }


def _names(selection: Selection, memory: dict[str, Any]) -> bool:
    """Whether a selection means a memory: `filters.selected` for one that is in no home yet."""
    return (
        (selection.kind is None or memory.get("kind") == selection.kind)
        and (selection.message_ids is None or memory.get("message_id") in selection.message_ids)
        and (selection.ids is None or memory.get("id") in selection.ids)
    )


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, durably, for its owner alone.

    Raises:
        OSError: it can't be written.
    """
    aside = path.with_suffix(".new")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
