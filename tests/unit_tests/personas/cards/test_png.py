import base64
import io
import json
import struct
import zlib

import png
import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import load_persona, save_persona
from langgraph_roleplay.personas.cards.placeholder import draw_placeholder
from langgraph_roleplay.personas.cards.png_chunks import copy_chunks, text_chunk

ADA, BOB = {"name": "Ada"}, {"name": "Bob"}


def coded(card):
    return base64.b64encode(json.dumps(card).encode())


def chunks_of(content):
    return list(png.Reader(bytes=content).chunks())


def test_ccv3_wins_over_chara_wherever_they_stand(in_png):
    assert load_persona(in_png(chara=ADA, ccv3=BOB)).name == "Bob"
    assert load_persona(in_png(ccv3=BOB, chara=ADA)).name == "Bob"


@pytest.mark.parametrize(
    "chunk",
    [
        (b"tEXt", b"chara\0" + coded(ADA)),
        (b"tEXt", b"Chara\0" + coded(ADA)),
        (b"zTXt", b"chara\0\0" + zlib.compress(coded(ADA))),
        (b"iTXt", b"ccv3\0\0\0\0\0" + coded(ADA)),
        (b"iTXt", b"ccv3\0\1\0en\0key\0" + zlib.compress(coded(ADA))),
        (b"tEXt", b"chara\0" + json.dumps(ADA).encode()),
        (b"tEXt", b"chara\0" + coded(ADA).rstrip(b"=")),
        (b"tEXt", b"chara\0 " + b"\r\n".join(coded(ADA)[at : at + 4] for at in range(0, 20, 4)) + b" "),
        (b"tEXt", b"chara\0" + base64.urlsafe_b64encode('{"name": "Ada", "x": "~~~???ÿÿ"}'.encode())),
    ],
)
def test_text_is_found_in_each_form_it_takes_in_the_wild(in_png, chunk):
    persona = load_persona(in_png(chunk))
    assert (persona.name, persona.notices) == ("Ada", ())


@pytest.mark.parametrize(
    "damaged", [b"!!!", coded(ADA)[:9], b"", base64.b64encode(b"[1]"), base64.b64encode(b"\xff" * 40)]
)
def test_a_damaged_ccv3_falls_back_to_chara_with_a_notice(in_png, damaged):
    persona = load_persona(in_png((b"tEXt", b"ccv3\0" + damaged), chara=BOB), label="x.png")
    assert persona.name == "Bob"
    assert len(persona.notices) == 1
    assert persona.notices[0].startswith("x.png: ccv3: ")
    assert persona.notices[0].endswith("The card was read from chara instead.")


def test_the_first_of_two_chunks_of_one_name_that_can_be_read_counts(in_png):
    broken, sound = (b"tEXt", b"chara\0e30"), (b"tEXt", b"chara\0" + coded(ADA))
    assert load_persona(in_png(sound, (b"tEXt", b"chara\0" + coded(BOB)))).name == "Ada"
    assert load_persona(in_png((b"zTXt", b"chara\0\0junk"), sound)).name == "Ada"
    with pytest.raises(PersonaError, match="name is missing"):
        load_persona(in_png(broken, sound))


def test_a_wrong_checksum_is_a_notice(in_png):
    content = in_png(chara=ADA)
    place = content.rfind(b"IEND") - 8
    persona = load_persona(content[:place] + b"\0\0\0\0" + content[place + 4 :])
    assert (persona.name, persona.notices) == ("Ada", ("The checksum of the card's chunk is wrong.",))


def test_a_picture_that_ends_too_soon_loads_while_the_card_is_whole(in_png):
    content = in_png(chara=ADA)
    cut = load_persona(content[:-12])
    assert (cut.name, len(cut.notices)) == ("Ada", 1)
    with pytest.raises(PersonaError, match=r"card: chara: broken JSON"):
        load_persona(content[:-20])


@pytest.mark.parametrize("length", [0, 7, 2**31 - 1, 2**32 - 1])
def test_a_card_behind_a_chunk_with_a_false_length_is_found(in_png, length):
    content = in_png(chara=ADA)
    place = content.find(b"IDAT") - 4
    persona = load_persona(content[:place] + struct.pack(">I", length) + content[place + 4 :])
    assert persona.name == "Ada"
    assert persona.notices


def test_a_damaged_signature_is_a_notice(in_png):
    persona = load_persona(b"\x88" + in_png(chara=ADA)[1:])
    assert (persona.name, persona.notices) == ("Ada", ("The signature of the PNG is damaged.",))


def test_a_picture_without_a_card_says_so():
    with pytest.raises(PersonaError, match=r"^pic\.png: a picture without a card in it \(no chunk named"):
        load_persona(draw_placeholder("x"), label="pic.png")


def test_every_other_chunk_stays_byte_for_byte(tmp_path, in_png):
    frames = [(b"acTL", b"\0\0\0\1\0\0\0\0"), (b"fcTL", bytes(26)), (b"fdAT", b"\0\0\0\1pixels"), (b"fdAT", b"more")]
    others = [
        text_chunk("parameters", b"a castle, 4k"),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x/>"),
        (b"prIv", b"\0\xff"),
    ]
    source = tmp_path / "anim.png"
    source.write_bytes(in_png(*frames, *others, chara=ADA, ccv3=ADA) + b"trailing bytes")
    save_persona(load_persona(source), tmp_path / "out.apng")
    before, after = source.read_bytes(), (tmp_path / "out.apng").read_bytes()

    def not_cards(content):
        return [chunk for chunk in chunks_of(content) if not chunk[1].startswith((b"chara\0", b"ccv3\0"))]

    assert not_cards(after) == not_cards(before)
    assert after.endswith(b"trailing bytes")
    assert sum(chunk[1].startswith((b"chara\0", b"ccv3\0")) for chunk in chunks_of(after)) == 2


def test_the_second_version_beside_the_third_warns_and_has_no_decorators(tmp_path):
    entry = {"keys": ["a"], "content": "@@depth 4\n@@@role user\n\nThe sea is @@blue."}
    card = {
        "name": "Ada",
        "creator_notes": "Mine.",
        "nickname": "A",
        "group_only_greetings": ["Hi"],
        "character_book": {"entries": [entry]},
    }
    save_persona(load_persona(card), tmp_path / "ada.png")
    texts = dict(
        chunk[1].split(b"\0", 1) for chunk in chunks_of((tmp_path / "ada.png").read_bytes()) if chunk[0] == b"tEXt"
    )
    third, second = (json.loads(base64.b64decode(texts[key])) for key in (b"ccv3", b"chara"))
    assert (second["spec"], second["spec_version"]) == ("chara_card_v2", "2.0")
    assert second["data"]["creator_notes"].startswith("This is the second version of a card")
    assert second["data"]["creator_notes"].endswith("\n\nMine.")
    assert second["data"]["character_book"]["entries"][0]["content"] == "The sea is @@blue."
    assert not {"nickname", "group_only_greetings"} & second["data"].keys()
    assert third["data"]["character_book"]["entries"][0]["content"] == entry["content"]
    assert third["data"]["creator_notes"] == "Mine."


def test_a_placeholder_is_a_sound_picture_with_colours_of_its_own():
    width, height, rows, _ = png.Reader(bytes=draw_placeholder("Nemo")).asRGB8()
    assert (width, height, len(list(rows))) == (256, 384, 384)
    assert draw_placeholder("Nemo") == draw_placeholder("Nemo") != draw_placeholder("Ada")
    assert b"placeholder" in draw_placeholder("Nemo")


def test_a_picture_without_its_end_gets_one():
    content = draw_placeholder("x")
    whole = copy_chunks(content[:-12], "x", without=lambda _: False)
    assert io.BytesIO(whole).getvalue() == content
