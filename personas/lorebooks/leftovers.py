"""What a foreign file says beyond the one shape: kept under `extensions`, and put back on the way out.

A reader writes back at once what it has understood; where that differs from the source, the difference is noted:
`kept`, their fields as they stood, and `wrote`, what we would have said instead. On saving, a field that still comes
out as it did then is put back as it stood; one that was edited since comes out as edited.
"""

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["note_leftovers", "notes_in", "restore_leftovers", "with_note", "without_note", "without_notes"]

_OURS = "langgraph_roleplay"


def note_leftovers(
    extensions: Mapping[str, Any], form: str, *, source: Mapping[str, Any], written: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `extensions` with a note of what `written` doesn't say, or says otherwise, of `source`."""
    kept = {field: value for field, value in source.items() if not _is_said(field, value, written)}
    wrote = {field: value for field, value in written.items() if field in kept or field not in source}
    notes = {name: part for name, part in (("kept", kept), ("wrote", wrote)) if part}
    if not notes:
        return dict(extensions)
    return with_note(extensions, form, notes)


def restore_leftovers(written: Mapping[str, Any], extensions: Mapping[str, Any], form: str) -> dict[str, Any]:
    """Return `written` as the source had it, but for what has been edited since."""
    notes = _mapping(notes_in(extensions).get(form))
    kept, wrote = _mapping(notes.get("kept")), _mapping(notes.get("wrote"))
    untouched = {field for field, value in wrote.items() if field in written and _same(value, written[field])}
    edited = {field: value for field, value in written.items() if field not in untouched}
    stood = {field: value for field, value in kept.items() if field not in wrote or field in untouched}
    return {**edited, **stood}


def notes_in(extensions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what we noted in `extensions`, by name."""
    return _mapping(extensions.get(_OURS))


def with_note(extensions: Mapping[str, Any], name: str, note: Any) -> dict[str, Any]:
    """Return `extensions` with a note of this name, our other notes as they were."""
    return {**extensions, _OURS: {**notes_in(extensions), name: note}}


def without_notes(extensions: Mapping[str, Any]) -> dict[str, Any]:
    """Return `extensions` without what we noted in them."""
    return {name: value for name, value in extensions.items() if name != _OURS}


def without_note(extensions: Mapping[str, Any], form: str) -> dict[str, Any]:
    """Return `extensions` without what we noted of this form, our other notes as they were."""
    ours = {name: value for name, value in notes_in(extensions).items() if name != form}
    return {**without_notes(extensions), **({_OURS: ours} if ours else {})}


def _is_said(field: str, value: Any, written: Mapping[str, Any]) -> bool:
    return field in written and _same(value, written[field])


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does: 1, 1.0 and true are three values."""
    if one is other or one != other:
        return one is other
    if isinstance(one, list) and all(type(part) is str for part in one):
        return isinstance(other, list)
    if type(one) is type(other) and not isinstance(one, list | dict):
        return True
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
