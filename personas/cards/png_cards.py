"""Cards in PNG and APNG: found in text chunks, however damaged, and put back into them."""

import binascii
import io
import re
import string
from base64 import b64encode
from collections.abc import Mapping, Set
from itertools import islice
from typing import Any, BinaryIO

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.cards.found import Found
from langgraph_roleplay.personas.cards.json_text import read_json_leniently, to_json
from langgraph_roleplay.personas.cards.limits import Room
from langgraph_roleplay.personas.cards.png_chunks import (
    SIGNATURE,
    Chunk,
    DamagedTextError,
    copy_chunks,
    keyword_of,
    read_text,
    text_chunk,
    walk,
)
from langgraph_roleplay.personas.reading import MAX_BYTES

__all__ = ["bare_picture", "from_base64", "put_into_png", "read_png_card", "read_png_files"]

_ASSET_KEYWORD = b"chara-ext-asset_"
_KEYWORDS = (b"ccv3", b"chara")
"""The first that can be read wins."""
_MAX_TEXT_CHUNK = MAX_BYTES * 4 // 3 + 1_000_000
_MAX_ASSET = 64_000_000
_MAX_TRIED = 4
"""Chunks of one name that are tried."""
_MAX_TRIED_BYTES = 2 * _MAX_TEXT_CHUNK
_MAX_DEFLATE = 1032
"""How many times shorter than the text its compressed form can be."""
_LOST = re.compile(rb"(?:tEXt|zTXt|iTXt)(?:ccv3|chara)\0", re.IGNORECASE)
_MAX_SEARCHED = 50_000_000
_MAX_LOST = 200
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_ALPHABET = f"{string.ascii_letters}{string.digits}+/-_".encode()
_OTHERS = bytes(set(range(256)) - set(_ALPHABET))


def read_png_card(file: BinaryIO, label: str) -> Found:
    """Find the card in a PNG; pixels are not looked at.

    Raises:
        PersonaError: there is none, or none that can be read.
    """
    file.seek(0)
    notices = [] if file.read(len(SIGNATURE)) == SIGNATURE else ["The signature of the PNG is damaged."]
    chunks = list(walk(file, label))
    if not chunks or chunks[-1].kind != b"IEND":
        notices.append("The PNG is cut off or damaged: its last chunk is missing.")
    candidates = _candidates(chunks, file) or _search(file, label)
    if not candidates:
        raise PersonaError(f"{label}: a picture without a card in it (no chunk named ccv3 or chara).")
    return _first_readable(candidates, file, label, notices)


def _candidates(chunks: list[Chunk], file: BinaryIO) -> list[tuple[str, Chunk]]:
    texts = [(keyword_of(chunk, file).lower(), chunk) for chunk in chunks if chunk.is_text]
    return [
        (wanted.decode(), chunk)
        for wanted in _KEYWORDS
        for chunk in [chunk for keyword, chunk in texts if keyword == wanted][:_MAX_TRIED]
    ]


def _search(file: BinaryIO, label: str) -> list[tuple[str, Chunk]]:
    """A chunk with a false length hides those behind it; then the names are looked for in all of the file."""
    file.seek(0)
    found = islice(_LOST.finditer(file.read(_MAX_SEARCHED)), _MAX_LOST)
    starts = [match.start() - 4 for match in found]
    lost = [next(walk(file, label, start=start)) for start in starts if start >= 0]
    return _candidates(lost, file)


def _first_readable(candidates: list[tuple[str, Chunk]], file: BinaryIO, label: str, notices: list[str]) -> Found:
    # An error itself would keep all that was read before it.
    faults: list[str] = []
    left = _MAX_TRIED_BYTES
    for keyword, chunk in candidates:
        if left <= 0:
            break
        try:
            found = _read_chunk(chunk, file, f"{label}: {keyword}")
        except PersonaError as error:
            faults.append(str(error))
            left -= _largest(chunk)
            continue
        lost = [f"{fault} The card was read from {keyword} instead." for fault in faults]
        return Found(found.card, (*notices, *lost, *found.notices))
    raise PersonaError(faults[0])


def _largest(chunk: Chunk) -> int:
    """Bytes of text that can have been in a chunk, as there is no asking one that turned out to be broken."""
    held = min(chunk.length, chunk.size)
    return held if chunk.kind == b"tEXt" else min(held * _MAX_DEFLATE, _MAX_TEXT_CHUNK)


def _read_chunk(chunk: Chunk, file: BinaryIO, label: str) -> Found:
    if min(chunk.length, chunk.size) > _MAX_TEXT_CHUNK:
        raise PersonaError(f"{label}: a chunk of {chunk.length // 1_000_000} MB, which no card needs.")
    data, is_sound = chunk.read(file)
    text = _read_text(chunk, data, label, limit=_MAX_TEXT_CHUNK)
    del data
    card, notices = read_json_leniently(from_base64(text), label)
    return Found(card, notices if is_sound else (*notices, "The checksum of the card's chunk is wrong."))


def from_base64(text: bytes) -> bytes:
    """Decode base64 of either alphabet, whatever stands between and however it is padded; bare JSON stays."""
    if text[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return text
    letters = text.translate(_URL_SAFE, _OTHERS)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def read_png_files(file: BinaryIO, label: str) -> dict[str, bytes]:
    """Return the files that RisuAI keeps in chunks of their own, by the path that `__asset:` names.

    Raises:
        PersonaError: one is larger than an asset may be, or all together than fits in memory.
    """
    files: dict[str, bytes] = {}
    room = Room()
    for chunk in walk(file, label):
        path = _asset_path(keyword_of(chunk, file)) if chunk.is_text and chunk.is_whole else None
        if path is None:
            continue
        if chunk.length > _MAX_ASSET:
            raise PersonaError(f"{label}: an asset of more than {_MAX_ASSET // 1_000_000} MB.")
        text = _read_text(chunk, chunk.read(file)[0], f"{label}: asset {path[:80]!r}", limit=_MAX_ASSET)
        room.take(len(text), label)
        files[path] = from_base64(text)
    return files


def _read_text(chunk: Chunk, data: bytes, label: str, *, limit: int) -> bytes:
    try:
        return read_text(chunk.kind, data, limit=limit)
    except DamagedTextError as error:
        raise PersonaError(f"{label}: {error}.") from error


def put_into_png(
    picture: bytes, cards: Mapping[str, Mapping[str, Any]], label: str, *, files: Mapping[str, bytes]
) -> bytes:
    """Return `picture` with these cards in place of its own, every other chunk as it was.

    Args:
        picture: a PNG or APNG.
        cards: by keyword, `ccv3` or `chara`.
        label: what errors call it.
        files: its assets, by path.
    """
    own = read_png_files(io.BytesIO(picture), label)
    kept = {path for path, content in files.items() if own.get(path) == content}
    assets = [
        text_chunk(f"{_ASSET_KEYWORD.decode()}:{path}", b64encode(content))
        for path, content in files.items()
        if path not in kept
    ]
    texts = [text_chunk(keyword, b64encode(to_json(card, label))) for keyword, card in cards.items()]
    return copy_chunks(picture, label, without=lambda keyword: _is_ours(keyword, kept), more=[*assets, *texts])


def bare_picture(picture: bytes, label: str) -> bytes:
    """Return a PNG without the card and the assets in it."""
    return copy_chunks(picture, label, without=lambda keyword: _is_ours(keyword, set()))


def _is_ours(keyword: bytes, kept: Set[str]) -> bool:
    path = _asset_path(keyword)
    return keyword.lower() in _KEYWORDS or (path is not None and path not in kept)


def _asset_path(keyword: bytes) -> str | None:
    if not keyword.startswith(_ASSET_KEYWORD):
        return None
    return keyword[len(_ASSET_KEYWORD) :].removeprefix(b":").decode("utf-8", "replace")
