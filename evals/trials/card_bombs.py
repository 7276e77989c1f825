"""Small files that are made to become large: text that inflates, chunks and directories without end."""

import base64
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from typing import Any

from langgraph_roleplay.personas.cards.charx import pack_charx
from langgraph_roleplay.personas.cards.placeholder import draw_placeholder
from langgraph_roleplay.personas.cards.png_chunks import SIGNATURE, copy_chunks, text_chunk

__all__ = ["BOMBS", "Way"]

Way = Callable[[random.Random, Sequence[bytes], Any], bytes]
"""Makes a damaged file of a chance, two whole files and a card."""

_NAMES = ("../../etc/passwd", "/abs", "assets/a\\b", "C:/x", "card.json/", "x" * 300, "assets/icon/images/main.png")
_END = struct.Struct("<4s4H2LH")
_COMMENT = 65_535


def _bomb(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    text, archive = _inflating(chance.choice((1_000_000, 9_000_000, 30_000_000)))
    kind, head = chance.choice(((b"zTXt", b"chara\0\0"), (b"iTXt", b"ccv3\0\1\0\0\0")))
    return _picture((kind, head + text)) if chance.random() < 0.5 else archive


@cache
def _inflating(size: int) -> tuple[bytes, bytes]:
    """A card that is nearly all spaces, as compressed text and as an archive."""
    card = b'{"name":"Bomb"' + b" " * size + b"}"
    return zlib.compress(card, 9), pack_charx({}, {"card.json": card})


def _repeated_chunks(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    """Cards that can't be read, one after another, some of them with one that can behind them."""
    text = _letters(chance.choice((1_000, 13_000_000)))
    kind, head = chance.choice(((b"zTXt", b"chara\0\0"), (b"iTXt", b"ccv3\0\1\0\0\0")))
    broken = [(kind, head + text)] * chance.choice((2, 9, 50, 300))
    sound = [text_chunk("chara", base64.b64encode(json.dumps(card).encode()))] * chance.randrange(2)
    return _picture(*broken, *sound)


def _overlapping_chunks(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    """Chunks behind one with a false length, each of which claims the rest of the file as its own."""
    count, size = chance.choice((3, 100, 2_000)), chance.choice((10_000, 6_000_000))
    claims = (struct.pack(">I", 13_000_000) + b"tEXtchara\0") * count
    return SIGNATURE + struct.pack(">I", 2**31 - 1) + b"IDAT" + claims + b"A" * size


def _inflating_assets(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    """A sound card whose assets are small in the file and large outside of it."""
    text, count = _letters(60_000_000), chance.choice((1, 1, 30))
    assets = [(b"zTXt", b"chara-ext-asset_:%d\0\0" % number + text) for number in range(count)]
    return _picture(*assets, text_chunk("ccv3", base64.b64encode(json.dumps(card).encode())))


@cache
def _letters(size: int) -> bytes:
    return zlib.compress(b"A" * size, 9)


def _hidden_directory(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    """A directory whose true size stands in front of the end that says none, and a comment as long as they get."""
    count = chance.choice((10, 6_000, 200_000))
    start, directory = pack_charx(card if isinstance(card, dict) else {}, {}), _directory(count)
    place = len(start)
    true_end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), place)
    pointer = struct.pack("<4sLQL", b"PK\6\7", 0, place + len(directory), 1)
    comment = chance.choice((0, 1, _COMMENT))
    false_end = _END.pack(b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, chance.choice((0, 46)), 0xFFFFFFFF, comment)
    return start + directory + true_end + pointer + false_end + b"c" * comment


@cache
def _directory(count: int) -> bytes:
    head = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0)
    return b"".join(head + b"%06d" % number for number in range(count))


def _odd_archive(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    out = BytesIO()
    method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in chance.sample(_NAMES, 3):
            info = zipfile.ZipInfo(name)
            info.external_attr = chance.choice((0, 0o120777 << 16))
            archive.writestr(info, b"x")
        archive.writestr(chance.choice(("card.json", "Card.JSON", "other.json")), json.dumps(card))
        for number in range(chance.choice((*[0, 10] * 8, 6_000))):
            archive.writestr(f"assets/{number}", b"")
    content = bytearray(out.getvalue())
    if chance.random() < 0.3:
        flags = content.rfind(b"PK\1\2") + 8
        content[flags] |= 1
    return bytes(content)


def _many_chunks(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    empty = struct.pack(">I4s", 0, b"tEXt") + b"\0\0\0\0"
    many = empty * chance.choice((*[10, 1_000] * 4, 50_000, 150_000))
    sound = _picture(text_chunk("chara", base64.b64encode(json.dumps(card).encode())))
    return SIGNATURE + many + sound[len(SIGNATURE) :]


def _picture(*chunks: tuple[bytes, bytes]) -> bytes:
    return copy_chunks(draw_placeholder("B"), "bomb", without=lambda _: False, more=chunks)


BOMBS: tuple[Way, ...] = (
    _bomb,
    _repeated_chunks,
    _overlapping_chunks,
    _inflating_assets,
    _hidden_directory,
    _odd_archive,
    _many_chunks,
)
