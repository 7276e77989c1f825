"""Moving a card's files from one kind of container to another, and its assets' addresses with them."""

import copy
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from langgraph_roleplay.personas.cards.assets import DEFAULT_ICON, embedded_path
from langgraph_roleplay.personas.cards.containers import Belongings
from langgraph_roleplay.personas.cards.png_cards import bare_picture
from langgraph_roleplay.personas.cards.png_chunks import SIGNATURE

__all__ = ["Moved", "assets_in", "for_archive", "for_png"]

_IN_CHUNK = "__asset:"
_IN_ARCHIVE = "embeded://"
_CHUNK_NAME = re.compile(r"[\w.-]{1,60}", re.ASCII)
_FOLDERS = {
    "images": frozenset({"png", "apng", "jpg", "jpeg", "webp", "gif", "avif", "bmp", "svg"}),
    "audio": frozenset({"mp3", "wav", "ogg", "flac", "m4a"}),
    "video": frozenset({"mp4", "webm", "mov", "mkv"}),
    "3d": frozenset({"glb", "gltf", "mmd", "obj", "vrm"}),
    "ai": frozenset({"safetensors", "ckpt", "onnx"}),
    "fonts": frozenset({"ttf", "otf", "woff", "woff2"}),
    "code": frozenset({"lua", "js", "py"}),
}


@dataclass(frozen=True)
class Moved:
    """A card and its files, as their new container names them."""

    card: dict[str, Any]
    files: dict[str, bytes]
    picture: bytes | None = None
    notices: tuple[str, ...] = ()


def assets_in(card: dict[str, Any]) -> list[dict[str, Any]]:
    """The assets of a card of any version, to be changed in place."""
    data = card.get("data", card)
    assets = data.get("assets") if isinstance(data, dict) else None
    return assets if isinstance(assets, list) else []


def for_png(card: dict[str, Any], own: Belongings) -> Moved:
    """Files become chunks, which have short names; those that no asset names stay behind unless they were chunks."""
    card = copy.deepcopy(card)
    picture = own.picture if own.kind == "png" else _icon_as_picture(card, own)
    files = {path: content for path, content in own.files.items() if _CHUNK_NAME.fullmatch(path)}
    numbers = (str(number) for number in count())
    named = _rename(card, own, _IN_CHUNK, lambda _: next(number for number in numbers if number not in own.files))
    left = len(own.files.keys() - files.keys() - named.keys())
    notices = (f"{left} files stay behind: a PNG holds assets alone.",) if left else ()
    return Moved(card, {**files, **{new: own.files[old] for old, new in named.items()}}, picture, notices)


def for_archive(card: dict[str, Any], own: Belongings, label: str, *, with_picture: bool = True) -> Moved:
    """Chunks become files; the picture becomes the icon, unless the archive is put behind it."""
    card = copy.deepcopy(card)
    taken = set(own.files)
    named = _rename(card, own, _IN_ARCHIVE, lambda asset: _member(asset, taken))
    kept = own.files.keys() - named.keys()
    files = {(path if "/" in path or "." in path else f"assets/other/other/{path}"): own.files[path] for path in kept}
    files |= {new: own.files[old] for old, new in named.items()}
    if with_picture and own.picture is not None:
        is_png = own.picture.startswith(SIGNATURE)
        icon = _free("assets/icon/images/main", "png" if is_png else "jpg", files)
        files[icon] = bare_picture(own.picture, label) if is_png else own.picture
        _point_icon(card, icon)
    return Moved(card, dict(sorted(files.items())))


def _rename(
    card: dict[str, Any], own: Belongings, scheme: str, choose: Callable[[dict[str, Any]], str]
) -> dict[str, str]:
    """Give each asset that lies in the file an address of this scheme; return old path to new."""
    named: dict[str, str] = {}
    for asset in assets_in(card):
        path = embedded_path(asset["uri"])
        if path not in own.files or path is None:
            continue
        if path not in named:
            named[path] = path if asset["uri"].startswith(scheme) else choose(asset)
        if named[path] != path:
            asset["uri"] = scheme + named[path]
    return named


def _member(asset: dict[str, Any], taken: set[str]) -> str:
    extension = _plain(asset["ext"].lower()) or "unknown"
    folder = next((name for name, known in _FOLDERS.items() if extension in known), "other")
    stem = f"assets/{_plain(asset['type']) or 'other'}/{folder}/{_plain(asset['name']) or 'asset'}"
    name = _free(stem, extension, taken)
    taken.add(name)
    return name


def _free(stem: str, extension: str, taken: Collection[str]) -> str:
    numbered = (f"{stem}_{number}.{extension}" for number in count(2))
    return next(name for name in chain((f"{stem}.{extension}",), numbered) if name not in taken)


def _plain(text: str) -> str:
    return re.sub(r"[^\w-]+", "_", text).strip("_")[:60]


def _icon_as_picture(card: dict[str, Any], own: Belongings) -> bytes | None:
    """The main icon of an archive is what its picture would be, and then needs no file of its own."""
    icons = [asset for asset in assets_in(card) if asset["type"] == "icon"]
    for asset in sorted(icons, key=lambda asset: asset["name"] != "main"):
        content = own.files.get(embedded_path(asset["uri"]) or "", b"")
        if content.startswith(SIGNATURE):
            asset["uri"] = DEFAULT_ICON.uri
            return content
    return None


def _point_icon(card: dict[str, Any], path: str) -> None:
    icons = [asset for asset in assets_in(card) if asset["uri"] == DEFAULT_ICON.uri]
    for asset in icons:
        asset["uri"] = _IN_ARCHIVE + path
    if not assets_in(card) and card["data"].get("assets") is None:
        card["data"]["assets"] = [{**DEFAULT_ICON.model_dump(), "uri": _IN_ARCHIVE + path, "ext": path[-3:]}]
