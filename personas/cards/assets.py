"""Assets: what a card says belongs to it, and the bytes of those that are in its file. Nothing is ever fetched."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Asset, Persona
from langgraph_roleplay.personas.cards.archives import opened_archive
from langgraph_roleplay.personas.cards.containers import Kind, opened, read_belongings
from langgraph_roleplay.personas.cards.png_cards import bare_picture, from_base64, read_png_files

__all__ = ["DEFAULT_ICON", "assets_of", "embedded_path", "read_asset"]

DEFAULT_ICON = Asset(type="icon", uri="ccdefault:", name="main", ext="png")
"""What a card has that says nothing of assets: the picture that it is in."""

# The specification misspells it, so cards do; some programs don't.
_EMBEDDED = re.compile(r"\A(?:embedd?ed://|__asset:)(.*)\Z", re.DOTALL)
_MAX_SHOWN = 80


def assets_of(persona: Persona) -> tuple[Asset, ...]:
    """Return the persona's assets, or the one icon of a card that says nothing of them."""
    return (DEFAULT_ICON,) if persona.assets is None else persona.assets


def embedded_path(uri: str) -> str | None:
    """Return the path of a file that is in the card's own file; None for other addresses."""
    match = _EMBEDDED.match(uri)
    return match[1] if match else None


def read_asset(source: Path | bytes, asset: Asset) -> bytes:
    """Return the bytes of an asset that is in its card's file.

    Args:
        source: the file of the card, or its bytes.
        asset: one of `assets_of`.

    Raises:
        PersonaError: it lies on the web, leads out of the file, or can't be read.
    """
    label = source.name[:_MAX_SHOWN] if isinstance(source, Path) else "card"
    scheme = asset.uri.partition(":")[0].lower()
    if scheme in ("http", "https"):
        raise PersonaError(f"{label}: asset {asset.name[:_MAX_SHOWN]!r} lies on the web, and nothing is fetched.")
    if scheme == "data":
        return _read_data(asset.uri, f"{label}: asset {asset.name[:_MAX_SHOWN]!r}")
    if scheme == "ccdefault":
        return _read_picture(source, label)
    path = embedded_path(asset.uri)
    if path is None or ".." in path.replace("\\", "/").split("/"):
        raise PersonaError(f"{label}: asset {asset.uri[:_MAX_SHOWN]!r}: no address of a file within the card.")
    with opened(source, label) as (file, kind):
        return _READERS.get(kind, _read_nothing)(file, path, label)


def _read_data(uri: str, label: str) -> bytes:
    head, comma, content = uri.partition(",")
    if not comma:
        raise PersonaError(f"{label}: data: without data.")
    raw = unquote_to_bytes(content)
    return from_base64(raw) if head.endswith(";base64") else raw


def _read_picture(source: Path | bytes, label: str) -> bytes:
    picture = read_belongings(source, label).picture
    if picture is None:
        raise PersonaError(f"{label}: there is no picture around the card.")
    return bare_picture(picture, label) if picture[:4] == b"\x89PNG" else picture


def _read_member(file: BinaryIO, path: str, label: str) -> bytes:
    with opened_archive(file, label) as archive:
        return archive.read(path)


def _read_chunk(file: BinaryIO, path: str, label: str) -> bytes:
    files = read_png_files(io.BytesIO(file.read()), label)
    if path not in files:
        raise PersonaError(f"{label}: asset {path[:_MAX_SHOWN]!r}: not in the picture.")
    return files[path]


def _read_nothing(file: BinaryIO, path: str, label: str) -> bytes:
    raise PersonaError(f"{label}: asset {path[:_MAX_SHOWN]!r}: JSON holds no files.")


_READERS: dict[Kind, Callable[[BinaryIO, str, str], bytes]] = {
    "charx": _read_member,
    "jpeg": _read_member,
    "png": _read_chunk,
}
