import base64
import zlib

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import Asset, assets_of, load_persona, read_asset, save_persona
from langgraph_roleplay.personas.cards.placeholder import draw_placeholder

ICON = draw_placeholder("icon")
SMILE = b"\xff\xd8\xffsmile"


def asset(uri, **fields):
    return {"type": "emotion", "uri": uri, "name": "joy", "ext": "jpg", **fields}


def card(*assets):
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ada", "assets": list(assets)}}


def test_a_card_that_says_nothing_of_assets_has_its_picture_as_icon(in_png):
    content = in_png(chara={"name": "Ada"})
    (icon,) = assets_of(load_persona(content))
    assert (icon.type, icon.uri, icon.name, icon.ext) == ("icon", "ccdefault:", "main", "png")
    assert read_asset(content, icon) == draw_placeholder("Test")
    assert assets_of(load_persona(card())) == ()


def test_assets_are_read_from_data_uris_archives_and_chunks(in_zip, in_png):
    archive = in_zip({"card.json": "{}", "assets/emotion/images/joy.jpg": SMILE})
    for scheme in ("embeded://", "embedded://"):
        assert read_asset(archive, Asset(**asset(f"{scheme}assets/emotion/images/joy.jpg"))) == SMILE
    inline = "data:image/jpeg;base64," + base64.b64encode(SMILE).decode()
    assert read_asset(b"", Asset(**asset(inline))) == SMILE
    assert read_asset(b"", Asset(**asset("data:text/plain,a%20b"))) == b"a b"
    for colon in (b":", b""):
        picture = in_png((b"tEXt", b"chara-ext-asset_" + colon + b"7\0" + base64.b64encode(SMILE)))
        assert read_asset(picture, Asset(**asset("__asset:7"))) == SMILE


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("https://example.org/a.png", "lies on the web, and nothing is fetched"),
        ("HTTP://example.org/a.png", "nothing is fetched"),
        ("file:///etc/passwd", "no address of a file within the card"),
        ("/etc/passwd", "no address of a file within the card"),
        ("embeded://../../etc/passwd", "no address of a file within the card"),
        ("embeded://a\\..\\..\\b", "no address of a file within the card"),
        ("embeded:///etc/passwd", "not in the archive"),
        ("embeded://missing.png", "missing.png: not in the archive"),
        ("data:nothing", "without data"),
        ("ccdefault:", "no picture around the card"),
        ("", "no address"),
    ],
)
def test_what_is_not_in_the_file_is_not_looked_for_elsewhere(in_zip, uri, words):
    with pytest.raises(PersonaError, match=words):
        read_asset(in_zip({"card.json": "{}"}), Asset(**asset(uri)))


def test_assets_move_with_their_addresses_between_containers(tmp_path, in_zip):
    told = [
        asset("embeded://assets/icon/images/main.png", type="icon", name="main", ext="png"),
        asset("embeded://assets/emotion/images/joy.jpg"),
        asset("https://example.org/far.png", name="far"),
        asset("x-unknown:thing", type="x_odd", name="odd"),
    ]
    files = {"assets/icon/images/main.png": ICON, "assets/emotion/images/joy.jpg": SMILE, "module.risum": b"m"}
    (tmp_path / "one.charx").write_bytes(in_zip({"card.json": str(card(*told)).replace("'", '"'), **files}))

    notices = save_persona(load_persona(tmp_path / "one.charx"), tmp_path / "two.png")
    assert notices == ("1 files stay behind: a PNG holds assets alone.",)
    two = load_persona(tmp_path / "two.png")
    assert [part.uri for part in two.assets] == [
        "ccdefault:",
        "__asset:0",
        "https://example.org/far.png",
        "x-unknown:thing",
    ]
    assert [read_asset(tmp_path / "two.png", part) for part in two.assets[:2]] == [ICON, SMILE]

    assert save_persona(two, tmp_path / "three.charx") == ()
    three = load_persona(tmp_path / "three.charx")
    assert [part.uri for part in three.assets] == [part["uri"] for part in told]
    assert [read_asset(tmp_path / "three.charx", part) for part in three.assets[:2]] == [ICON, SMILE]

    assert save_persona(three, tmp_path / "four.json") == ("2 assets stay behind: JSON holds no files.",)
    assert [part.uri for part in load_persona(tmp_path / "four.json").assets] == [part["uri"] for part in told]


def test_assets_that_inflate_are_refused_once_they_are_too_large_together(tmp_path, in_png):
    text = zlib.compress(b"A" * 60_000_000, 1)
    assets = [(b"zTXt", b"chara-ext-asset_:%d\0\0" % number + text) for number in range(5)]
    path = tmp_path / "ada.png"
    path.write_bytes(in_png(*assets, ccv3=card()))
    persona = load_persona(path)
    with pytest.raises(PersonaError, match=r"^ada\.png: assets of more than 256 MB"):
        save_persona(persona, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_an_asset_named_to_harm_gets_a_plain_name_in_an_archive(tmp_path, in_png):
    evil = asset("__asset:0", type="../..", name="/etc/passwd\x00", ext="../sh")
    path = tmp_path / "evil.png"
    path.write_bytes(in_png((b"tEXt", b"chara-ext-asset_:0\0" + base64.b64encode(SMILE)), ccv3=card(evil)))
    save_persona(load_persona(path), tmp_path / "out.charx")
    again = load_persona(tmp_path / "out.charx")
    assert again.notices == ()
    assert again.assets[0].uri == "embeded://assets/other/other/etc_passwd.sh"
    assert read_asset(tmp_path / "out.charx", again.assets[0]) == SMILE
