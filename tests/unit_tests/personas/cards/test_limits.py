import os
import zlib

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import load_persona
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
