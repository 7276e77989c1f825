import json
import os
import struct
import time
import tracemalloc
import zlib

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import load_persona, save_persona
from langgraph_roleplay.personas.reading import MAX_ENTRIES

ENTRIES = b'{"name":"A","character_book":{"entries":[%s{}]}}'


def deep(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ENTRIES % (b"{}," * 1_000_000), "entries"),
        (ENTRIES % (b"{}," * MAX_ENTRIES), "character_book.entries: 12,001 entries; at most 12,000"),
        ({"data": {"name": "A", "assets": [{}] * 5_001}}, "data.assets: 5,001 entries"),
        ({"name": "A", "description": "a" * 1_000_001}, "description: longer than 1,000,000 characters"),
        ({"name": "A", "extensions": deep(70)}, "extensions: nested deeper than 64 levels"),
        ({"name": "A", "x": [[0] * 999] * 401}, "x: more than 400,000 values"),
        ({"name": "A", **{f"x{n}": 0 for n in range(1_000)}}, "1,001 fields; at most 1,000"),
        ({"name": "A", "x": float("inf")}, "x: expected a number that is finite"),
        ({"name": "A", "x": [10**5_000]}, "x: a number is too long"),
        ({"name": "A", "character_book": {"entries": [{"id": -(10**5_000)}]}}, "character_book: a number is too long"),
        ({"name": "A", "x": {1: 2}}, "x: expected texts as names"),
        ({"name": "A", "x": {1, 2}}, "x: expected what JSON can hold, not set"),
        ({"name": "A", "x": "\ud800"}, "x: holds half a character"),
        ({"name": "A", "\ud800": 1}, "holds half a character"),
        (b'{"name": "A", "x": 1e999}', "1e999 is not a number"),
        (b" " * 10_000_001, "larger than 10 MB"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a picture of a kind that holds no card"),
    ],
)
def test_more_than_a_card_needs_is_refused_by_name(source, words):
    with pytest.raises(PersonaError, match=words) as caught:
        load_persona(source, label="big.json")
    assert str(caught.value).startswith("big.json: ")
    assert "\n" not in str(caught.value)


def test_a_list_that_holds_itself_ends():
    loop = []
    loop.extend([loop, loop])
    with pytest.raises(PersonaError, match="x: more than 400,000 values"):
        load_persona({"name": "A", "x": loop})


def test_pictures_in_a_card_may_be_longer_than_texts():
    uri = "data:image/png;base64," + "A" * 2_000_000
    assert load_persona({"name": "A", "assets": [{"type": "icon", "uri": uri}]}).assets[0].uri == uri


@pytest.mark.parametrize(
    ("kind", "head"), [(b"zTXt", b"chara\0\0"), (b"iTXt", b"ccv3\0\1\0\0\0")], ids=["zTXt", "iTXt"]
)
def test_a_chunk_that_inflates_without_end_is_cut_short(in_png, kind, head):
    content = in_png((kind, head + zlib.compress(b" " * 50_000_000, 9)))
    assert len(content) < 100_000
    with pytest.raises(PersonaError, match=r"card: (chara|ccv3): its text inflates to more than 14 MB"):
        load_persona(content)


@pytest.fixture
def cost():
    """Load what can't be loaded; return the error, the seconds of processor time and the megabytes at the peak."""

    def load(content):
        tracemalloc.start()
        begun = time.process_time()
        try:
            with pytest.raises(PersonaError) as caught:
                load_persona(content)
            return str(caught.value), time.process_time() - begun, tracemalloc.get_traced_memory()[1] / 1e6
        finally:
            tracemalloc.stop()

    return load


def test_many_chunks_that_inflate_cost_no_more_than_a_few(in_png, cost):
    text = zlib.compress(b"A" * 13_000_000, 9)
    says, seconds, megabytes = cost(in_png(*[(b"zTXt", b"chara\0\0" + text)] * 50))
    assert says.startswith("card: chara: broken JSON")
    assert seconds < 2
    assert megabytes < 100


def test_many_chunks_that_share_their_bytes_cost_no_more_than_a_few(cost):
    claims = (struct.pack(">I", 13_000_000) + b"tEXtchara\0") * 100
    hidden = struct.pack(">I", 2**31 - 1) + b"IDAT" + claims + b"A" * 6_000_000
    says, seconds, megabytes = cost(b"\x89PNG\r\n\x1a\n" + hidden)
    assert says.startswith("card: chara: broken JSON")
    assert seconds < 3
    assert megabytes < 100


def test_a_sound_card_is_found_behind_many_broken_ones(in_png):
    broken = [(kind, b"ccv3\0\0junk") for kind in (b"zTXt", b"tEXt", b"iTXt")] * 40
    persona = load_persona(in_png(*broken, chara={"name": "Ada"}))
    assert persona.name == "Ada"
    assert len(persona.notices) == 4


def test_too_large_a_chunk_is_not_read(in_png):
    with pytest.raises(PersonaError, match="a chunk of 20 MB, which no card needs"):
        load_persona(in_png((b"tEXt", b"chara\0" + b"A" * 20_000_000)))


def test_too_many_chunks_are_refused(in_png):
    content = in_png(chara={"name": "A"})
    empty = b"\0\0\0\0prIv\0\0\0\0"
    with pytest.raises(PersonaError, match="more than 60,000 chunks"):
        load_persona(content[:8] + empty * 60_001 + content[8:])


def test_a_picture_of_more_than_a_hundred_megabytes_is_not_read(tmp_path):
    path = tmp_path / "big.png"
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(100_000_001)
    with pytest.raises(PersonaError, match=r"^big\.png: larger than 100 MB"):
        load_persona(path)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path / "pipe.json", tmp_path):
        with pytest.raises(PersonaError, match="not a file"):
            load_persona(path)


@pytest.mark.parametrize("suffix", ["json", "png"])
def test_a_card_as_deep_as_may_be_comes_back_from_the_file_it_is_saved_in(tmp_path, suffix):
    persona = load_persona(json.dumps({"name": "A", "x": deep(63)}).encode())
    save_persona(persona, tmp_path / f"a.{suffix}")
    assert load_persona(tmp_path / f"a.{suffix}").digest == persona.digest
    with pytest.raises(PersonaError, match="card: x: nested deeper than 64 levels"):
        load_persona(json.dumps({"name": "A", "x": deep(64)}).encode())
