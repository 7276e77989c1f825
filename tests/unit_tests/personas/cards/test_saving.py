import json

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import PersonaLibrary, load_persona, save_persona
from langgraph_roleplay.personas.cards.placeholder import draw_placeholder

ADA = load_persona({"name": "Ada", "description": "Counts."})


def test_a_built_in_character_becomes_a_picture_that_loads_again(tmp_path):
    nemo = PersonaLibrary().get("captain-nemo")
    told = save_persona(nemo, tmp_path / "nemo.png")
    assert told == ("There was no PNG to put the card in, so a silhouette was drawn.",)
    assert load_persona(tmp_path / "nemo.png").hash == nemo.hash


def test_a_card_keeps_the_picture_it_came_with_unless_it_gets_another(tmp_path, in_png):
    (tmp_path / "ada.png").write_bytes(in_png(chara={"name": "Ada"}))
    persona = load_persona(tmp_path / "ada.png").model_copy(update={"description": "New."})
    assert save_persona(persona, tmp_path / "ada.png") == ()
    kept = load_persona(tmp_path / "ada.png")
    assert kept.description == "New."
    pixels = draw_placeholder("Other")[8:-12]
    assert save_persona(kept, tmp_path / "other.png", picture=draw_placeholder("Other")) == ()
    assert pixels in (tmp_path / "other.png").read_bytes()
    assert pixels not in (tmp_path / "ada.png").read_bytes()


@pytest.mark.parametrize(("spec", "name"), [("v3", "chara_card_v3"), ("v2", "chara_card_v2"), ("v1", None)])
def test_a_version_is_written_as_it_names_itself(tmp_path, spec, name):
    save_persona(ADA, tmp_path / "ada.json", spec=spec)
    card = json.loads((tmp_path / "ada.json").read_text())
    assert card.get("spec") == name
    assert (card if spec == "v1" else card["data"])["description"] == "Counts."
    save_persona(ADA, tmp_path / "ada.png", spec=spec)
    assert load_persona(tmp_path / "ada.png").description == "Counts."


def test_what_the_third_version_demands_is_there(tmp_path):
    book = {"entries": [{"keys": ["a"]}]}
    save_persona(load_persona({"name": "A", "character_book": book, "assets": [{}]}), tmp_path / "a.json")
    data = json.loads((tmp_path / "a.json").read_text())["data"]
    assert data["group_only_greetings"] == data["tags"] == data["alternate_greetings"] == []
    assert data["extensions"] == data["character_book"]["extensions"] == {}
    assert data["character_book"]["entries"][0] == {
        "keys": ["a"],
        "content": "",
        "extensions": {},
        "enabled": True,
        "insertion_order": 0,
        "use_regex": False,
    }
    assert data["assets"] == [{"type": "", "uri": "", "name": "", "ext": "unknown"}]
    assert "nickname" not in data


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("ada.webp", {}, r"ada\.webp: a card is written as \.json, \.png, \.apng, \.charx, \.jpg, \.jpeg"),
        ("ada", {}, "by the suffix"),
        ("ada.jpg", {}, "a JPEG to put the card behind is needed"),
        ("ada.jpg", {"picture": draw_placeholder("x")}, "a JPEG to put the card behind is needed"),
        ("ada.png", {"picture": b"{}"}, "picture: expected a PNG, a JPEG or a CHARX"),
        ("ada.png", {"picture": "none.png"}, r"none\.png: can't be read \(No such file"),
    ],
)
def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path, name, options, words):
    with pytest.raises(PersonaError, match=words):
        save_persona(ADA, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_a_picture_that_is_gone_is_no_reason_to_draw_another(tmp_path, in_png):
    (tmp_path / "ada.png").write_bytes(in_png(chara={"name": "Ada"}))
    persona = load_persona(tmp_path / "ada.png")
    (tmp_path / "ada.png").unlink()
    with pytest.raises(PersonaError, match=r"ada\.png: can't be read"):
        save_persona(persona, tmp_path / "new.png")
    assert save_persona(persona, tmp_path / "new.json") == ()


def test_a_card_that_was_json_needs_its_file_no_more(tmp_path):
    (tmp_path / "ada.json").write_text('{"name": "Ada"}')
    persona = load_persona(tmp_path / "ada.json")
    (tmp_path / "ada.json").unlink()
    save_persona(persona, tmp_path / "ada.png")
    assert load_persona(tmp_path / "ada.png").name == "Ada"


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PersonaError, match=r"ada\.json: can't be written"):
        save_persona(ADA, tmp_path / "file" / "ada.json")
