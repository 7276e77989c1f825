"""Ways to damage a card: in its bytes, and in its JSON before it is put into a container again."""

import base64
import copy
import json
import random
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langgraph_roleplay.evals.trials.card_bombs import BOMBS, Way
from langgraph_roleplay.personas.cards.charx import pack_charx
from langgraph_roleplay.personas.cards.placeholder import draw_placeholder
from langgraph_roleplay.personas.cards.png_chunks import copy_chunks, text_chunk

__all__ = ["mutants"]

_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**70,
    1e300,
    "",
    "a, b",
    "\u202e\x00",
    [],
    [[]],
    {},
    {"a": {"b": []}},
    "x" * 5_000,
    ["", 3, None],
    10**400,
    "Infinity",
    "nan",
    "-1e999",
    "1" * 5_000,
)
_TEXT_NUMBERS = ("Infinity", "-inf", "nan", "1e999", "1" * 5_000, "7", "\u0663", "\u00b2")
"""Texts that Python reads as a number, or nearly does."""
_WORLD_FIELDS = ("uid", "order", "position", "depth", "probability", "disable", "group", "comment", "extensions")


def mutants(files: Mapping[str, bytes], count: int, *, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield so many damaged files, each with a word for how it was made; the same seed gives the same.

    Args:
        files: whole ones, by name.
        count: how many.
        seed: of the chance.
    """
    chance = random.Random(seed)
    names = sorted(files)
    cards = [json.loads(content) for name, content in files.items() if name.endswith("json")]
    for number in range(count):
        way = _WAYS[number % len(_WAYS)]
        content = way(chance, [files[chance.choice(names)], files[chance.choice(names)]], chance.choice(cards))
        yield way.__name__.strip("_"), content


def _flip(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    content = bytearray(files[0])
    for _ in range(chance.choice((1, 3, 30, 300))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def _flip_near_the_card(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    content = bytearray(files[0])
    place = max(content.find(b"chara"), content.find(b"ccv3"), content.find(b"PK"), 0)
    for _ in range(chance.choice((1, 2, 8))):
        content[min(len(content) - 1, max(0, place + chance.randrange(-12, 60)))] = chance.randrange(256)
    return bytes(content)


def _truncate(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    return files[0][: chance.randrange(len(files[0]))]


def _splice(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    one, other = files[0], files[1]
    place, start = chance.randrange(len(one)), chance.randrange(len(other))
    return one[:place] + other[start : start + chance.randrange(1, 20_000)] + one[place + chance.randrange(200) :]


def _false_length(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    picture = _in_png(json.dumps(card).encode(), chance)
    starts = [place - 4 for kind in (b"IHDR", b"PLTE", b"IDAT", b"tEXt", b"zTXt") if (place := picture.find(kind)) > 0]
    start = chance.choice(starts)
    length = chance.choice((0, 1, 2**31 - 1, 2**32 - 1, 100_000_000, chance.randrange(5_000)))
    return picture[:start] + struct.pack(">I", length) + picture[start + 4 :]


def _wrong_type(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    card = json.loads(json.dumps(card))
    for _ in range(chance.choice((1, 1, 2, 6))):
        holder = chance.choice(list(_holders(card)))
        key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[key] = copy.deepcopy(chance.choice(_ODD))
    return _housed(json.dumps(card).encode(), chance)


def _missing(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    card = json.loads(json.dumps(card))
    for _ in range(chance.choice((1, 3, 9))):
        holder = chance.choice(list(_holders(card)) or [card])
        if isinstance(holder, dict) and holder:
            del holder[chance.choice(list(holder))]
    return _housed(json.dumps(card).encode(), chance)


def _nested(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    depth = chance.choice((10, 63, 70, 500, 2_000, 100_000))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    deep = opening * depth + b"1" + closing * depth
    field = chance.choice((b"extensions", b"character_book", b"tags", b"assets", b"other"))
    return _housed(b'{"name":"Deep","%s":%s}' % (field, deep), chance)


def _huge(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    size = chance.choice((1_000, 10_000, 10_000, 100_000, 100_000, 100_000, 3_000_000))
    entry = b'{"keys":["a","b"],"content":"c","extensions":{"position":1},"insertion_order":"9"},'
    body = chance.choice(
        (
            b'"description":"%s"' % (b"a" * size),
            '"description":"data:\N{SLIGHTLY SMILING FACE}'.encode() + b"a" * size + b'"',
            b'"character_book":{"entries":[%s{}]}' % (entry * (size // 90)),
            b'"character_book":{"entries":[%s{}]}' % (b"{}," * (size // 3)),
            b'"assets":[%s{}]' % (b"{}," * (size // 3)),
            b'"tags":[%s"z"]' % (b'"ab",' * (size // 5)),
            b'"x":{%s"z":0}' % b"".join(b'"%x":%d,' % (number, number) for number in range(size // 14)),
            b'"x":%s' % (b"9" * chance.choice((100, 4_000, 5_000, 100_000))),
        )
    )
    return _housed(b'{"name":"Huge",%s}' % body, chance)


def _damaged_ccv3(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    text = base64.b64encode(json.dumps(card).encode())
    broken = bytearray(text)
    for _ in range(20):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    chunks = [text_chunk("ccv3", bytes(broken)), text_chunk("chara", text)]
    return copy_chunks(draw_placeholder("D"), "damaged", without=lambda _: False, more=chunks)


def _odd_world(chance: random.Random, files: Sequence[bytes], card: Any) -> bytes:
    """A World Info, in which the keys of entries are texts that may be numbers, and numbers may be anything."""
    entries = {
        chance.choice((*_TEXT_NUMBERS, str(number))): {
            "key": ["sea"],
            "content": "Salt.",
            chance.choice(_WORLD_FIELDS): copy.deepcopy(chance.choice((*_ODD, *_TEXT_NUMBERS))),
        }
        for number in range(3)
    }
    return json.dumps({"entries": entries}).encode()


def _housed(text: bytes, chance: random.Random) -> bytes:
    """Put it into a container that is sound itself."""
    way = chance.randrange(4)
    if way == 0:
        return pack_text(text)
    return _in_png(text, chance) if way == 1 else text


def pack_text(text: bytes) -> bytes:
    """A CHARX of this text, whatever it is."""
    return pack_charx({}, {"card.json": text})


def _in_png(text: bytes, chance: random.Random) -> bytes:
    coded = base64.b64encode(text)
    chunk = chance.choice(
        (text_chunk("chara", coded), text_chunk("ccv3", coded), (b"zTXt", b"chara\0\0" + zlib.compress(coded, 1)))
    )
    return copy_chunks(draw_placeholder("P"), "made", without=lambda _: False, more=[chunk])


def _holders(card: Any) -> Iterator[Any]:
    """Every object and list in a card that holds something."""
    stack = [card]
    while stack:
        part = stack.pop()
        if isinstance(part, dict | list) and part:
            yield part
            stack.extend(part.values() if isinstance(part, dict) else part)


_WAYS: tuple[Way, ...] = (
    _flip,
    _flip_near_the_card,
    _truncate,
    _splice,
    _false_length,
    _wrong_type,
    _wrong_type,
    _missing,
    _nested,
    _huge,
    _damaged_ccv3,
    _odd_world,
    *BOMBS,
)
