"""Saving a persona: the container is the one that the suffix names, the picture the one it came with."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Persona
from langgraph_roleplay.personas.cards.assets import embedded_path
from langgraph_roleplay.personas.cards.charx import pack_charx
from langgraph_roleplay.personas.cards.containers import Belongings, read_belongings
from langgraph_roleplay.personas.cards.json_text import to_json
from langgraph_roleplay.personas.cards.placeholder import draw_placeholder
from langgraph_roleplay.personas.cards.png_cards import put_into_png
from langgraph_roleplay.personas.cards.rehousing import assets_in, for_archive, for_png
from langgraph_roleplay.personas.cards.versions import Spec, back_fill, to_version
from langgraph_roleplay.personas.writing import write_whole

__all__ = ["save_persona"]

_Picture = str | os.PathLike[str] | bytes
_Own = Callable[[], Belongings]


@dataclass(frozen=True)
class _Made:
    content: bytes
    notices: tuple[str, ...] = ()


def save_persona(
    persona: Persona, path: str | os.PathLike[str], *, spec: Spec = "v3", picture: _Picture | None = None
) -> tuple[str, ...]:
    """Write a persona as a card; `path` is replaced, whole or not at all.

    A PNG keeps every chunk of its picture that is not the card; beside the third version it gets the second, for
    programs that know no other. A CHARX keeps the files that other programs put into it.

    Args:
        persona: the character.
        path: where to; .json, .png, .apng, .charx, .jpg or .jpeg says which kind of file.
        spec: version of the card; CHARX knows the third alone.
        picture: a PNG, JPEG or CHARX, or its bytes, to take picture and assets from; default: the file that the
            persona was read from, and a silhouette for one that had no picture.

    Returns:
        What did not fit into this kind of file, one sentence each.

    Raises:
        PersonaError: it can't be written; names the file and the reason.
    """
    path = Path(path)
    label = path.name[:80]
    make = _MAKERS.get(path.suffix.lower())
    if make is None:
        raise PersonaError(f"{label}: a card is written as {', '.join(_MAKERS)}, by the suffix of the file's name.")
    card = to_version(persona, spec)
    made = make(card, spec, lambda: _belongings(persona, picture), label)
    try:
        write_whole(path, made.content)
    except OSError as error:
        raise PersonaError(f"{label}: can't be written ({error.strerror or error}).") from error
    return made.notices


def _belongings(persona: Persona, picture: _Picture | None) -> Belongings:
    """The picture is the one that was asked for; assets come from the card's own file unless it brings some."""
    own = _read(persona.origin.path) if persona.origin.path else Belongings("json")
    if picture is None:
        return own
    brought = _read(picture if isinstance(picture, bytes) else Path(picture))
    if brought.kind == "json":
        raise PersonaError("picture: expected a PNG, a JPEG or a CHARX.")
    return brought if brought.files else replace(brought, files=own.files)


def _read(source: Path | bytes) -> Belongings:
    return read_belongings(source, source.name[:80] if isinstance(source, Path) else "picture")


def _make_json(card: dict[str, Any], spec: Spec, own: _Own, label: str) -> _Made:
    left = sum(embedded_path(asset["uri"]) is not None for asset in assets_in(card))
    notices = (f"{left} assets stay behind: JSON holds no files.",) if left else ()
    return _Made(to_json(card, label, indent=2) + b"\n", notices)


def _make_png(card: dict[str, Any], spec: Spec, own: _Own, label: str) -> _Made:
    moved = for_png(card, own())
    name = card["name"] if spec == "v1" else card["data"]["name"]
    cards = {"chara": back_fill(moved.card), "ccv3": moved.card} if spec == "v3" else {"chara": moved.card}
    content = put_into_png(moved.picture or draw_placeholder(name), cards, label, files=moved.files)
    drawn = () if moved.picture else ("There was no PNG to put the card in, so a silhouette was drawn.",)
    return _Made(content, (*drawn, *moved.notices))


def _make_charx(card: dict[str, Any], spec: Spec, own: _Own, label: str) -> _Made:
    return _pack(card, spec, own(), label)


def _pack(card: dict[str, Any], spec: Spec, own: Belongings, label: str, *, with_picture: bool = True) -> _Made:
    if spec != "v3":
        raise PersonaError(f"{label}: CHARX holds cards of the third version alone; choose .json or .png for {spec}.")
    moved = for_archive(card, own, label, with_picture=with_picture)
    return _Made(pack_charx(moved.card, moved.files, label=label), moved.notices)


def _make_jpeg(card: dict[str, Any], spec: Spec, own: _Own, label: str) -> _Made:
    belongings = own()
    if belongings.kind != "jpeg" or belongings.picture is None:
        raise PersonaError(f"{label}: a JPEG to put the card behind is needed as picture; .png and .charx need none.")
    archive = _pack(card, spec, belongings, label, with_picture=False)
    return replace(archive, content=belongings.picture + archive.content)


_MAKERS: dict[str, Callable[[dict[str, Any], Spec, _Own, str], _Made]] = {
    ".json": _make_json,
    ".png": _make_png,
    ".apng": _make_png,
    ".charx": _make_charx,
    ".jpg": _make_jpeg,
    ".jpeg": _make_jpeg,
}
