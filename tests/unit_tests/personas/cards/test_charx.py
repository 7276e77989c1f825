import io
import json
import stat
import struct
import zipfile

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import load_persona, read_asset, save_persona

CARD = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ada"}}
TEXT = json.dumps(CARD)


def names_in(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_card_is_read_from_a_zip_and_from_one_behind_a_jpeg(in_zip, jpeg):
    archive = in_zip({"card.json": TEXT})
    assert load_persona(archive).name == "Ada"
    assert load_persona(jpeg + archive).name == "Ada"
    assert load_persona(in_zip({"CARD.json": TEXT}, method=zipfile.ZIP_STORED)).name == "Ada"


def test_what_risuai_adds_is_kept(tmp_path, in_zip, jpeg):
    extra = {"module.risum": b"\x01\x02", "x_meta/1.json": b"{}", "notes.json": b"[]", "assets/icon/images/a.png": b"x"}
    (tmp_path / "ada.charx").write_bytes(in_zip({"card.json": TEXT, **extra}))
    persona = load_persona(tmp_path / "ada.charx")
    save_persona(persona, tmp_path / "again.charx")
    assert {
        name: content for name, content in names_in(tmp_path / "again.charx").items() if name != "card.json"
    } == extra
    (tmp_path / "photo.jpg").write_bytes(jpeg)
    save_persona(persona, tmp_path / "behind.jpg", picture=tmp_path / "photo.jpg")
    behind = (tmp_path / "behind.jpg").read_bytes()
    assert behind.startswith(jpeg + b"PK")
    assert names_in(tmp_path / "behind.jpg").keys() == {"card.json", *extra}
    save_persona(load_persona(tmp_path / "behind.jpg"), tmp_path / "once_more.jpg")
    assert (tmp_path / "once_more.jpg").read_bytes() == behind


def linked(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def packed(*members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def test_members_that_lead_out_of_the_archive_are_left_out_and_told(tmp_path):
    bad = [
        ("../up", b""),
        ("/abs", b""),
        ("a/../../b", b""),
        ("C:/x", b""),
        ("a\\b", b""),
        (linked("link"), b"/etc/passwd"),
    ]
    (tmp_path / "bad.charx").write_bytes(packed(("card.json", TEXT), *bad, ("good.txt", b"")))
    persona = load_persona(tmp_path / "bad.charx")
    assert persona.notices == ("6 files of the archive were left out: links, or paths that lead out of it.",)
    save_persona(persona, tmp_path / "out.charx")
    assert names_in(tmp_path / "out.charx").keys() == {"card.json", "good.txt"}
    assert {path.name for path in tmp_path.iterdir()} == {"bad.charx", "out.charx"}


def encrypted():
    content = bytearray(packed(("card.json", TEXT)))
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (packed(("other.json", TEXT)), "card.json: not in the archive"),
        (packed((linked("card.json"), TEXT)), "card.json: not in the archive"),
        (packed(("card.json", "{")), "card.json: broken JSON at line 1"),
        (packed(("card.json", TEXT), method=zipfile.ZIP_LZMA), "deflate is expected"),
        (encrypted(), "card.json: encrypted"),
        (packed(("card.json", b"{" + b" " * 9_000_000 + b"}")), "inflates more than 200-fold"),
        (packed(("card.json", b" " * 10_000_001), method=zipfile.ZIP_STORED), "card.json: larger than 10 MB"),
        (packed(("card.json", TEXT), *((f"a{n}", b"") for n in range(5_000))), "5,001 files in it; at most 5,000"),
        (packed(("card.json", TEXT))[:-30], "missing or cut off"),
        (packed(("card.json", TEXT)).replace(b"PK\x01\x02", b"PK\x01\x03"), "a damaged zip"),
        (b"\xff\xd8\xff\xe0 no card", "no card in it"),
    ],
)
def test_an_archive_that_cannot_be_read_is_one_clear_error(content, words):
    with pytest.raises(PersonaError, match=words) as caught:
        load_persona(content, label="ada.charx")
    assert str(caught.value).startswith("ada.charx: ")
    assert len(str(caught.value)) < 200


def test_a_directory_of_a_million_files_is_refused_before_it_is_read():
    ending = bytearray(packed(("card.json", TEXT)))
    end = ending.rfind(b"PK\x05\x06")
    ending[end + 12 : end + 16] = (60_000_000).to_bytes(4, "little")
    with pytest.raises(PersonaError, match="more files than any card needs"):
        load_persona(bytes(ending))


def hidden_directory(count, comment):
    """An archive whose end says nothing of its size, and leaves that to a larger end in front of it."""
    start = packed(("card.json", TEXT))
    head = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0)
    directory = b"".join(head + b"%06d" % number for number in range(count))
    sizes = (count, count, len(directory), len(start))
    larger = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, *sizes)
    pointer = struct.pack("<4sLQL", b"PK\6\7", 0, len(start) + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0, 0xFFFFFFFF, comment)
    return start + directory + larger + pointer + end + b"c" * comment


@pytest.mark.parametrize("comment", [0, 1, 65_514, 65_515, 65_535])
def test_a_directory_of_many_files_is_not_hidden_by_a_comment(comment):
    with pytest.raises(PersonaError, match="a zip with more files than any card needs"):
        load_persona(hidden_directory(6_000, comment))


def test_a_picture_and_an_icon_of_the_same_name_both_stay(tmp_path, in_zip, in_png, jpeg):
    icon = {"type": "icon", "name": "main", "uri": "ccdefault:", "ext": "jpg"}
    own = {"type": "icon", "name": "other", "uri": "embeded://assets/icon/images/main.jpg", "ext": "jpg"}
    card = {**CARD, "data": {"name": "Ada", "assets": [own, icon]}}
    inner = {"card.json": json.dumps(card), "assets/icon/images/main.jpg": b"inner"}
    (tmp_path / "ada.jpg").write_bytes(jpeg + in_zip(inner))
    save_persona(load_persona(tmp_path / "ada.jpg"), tmp_path / "ada.charx")
    again = load_persona(tmp_path / "ada.charx")
    assert [read_asset(tmp_path / "ada.charx", asset) for asset in again.assets] == [b"inner", jpeg]


def test_charx_holds_the_third_version_alone(tmp_path):
    with pytest.raises(PersonaError, match="third version alone"):
        save_persona(load_persona(CARD), tmp_path / "a.charx", spec="v2")
    assert not list(tmp_path.iterdir())
