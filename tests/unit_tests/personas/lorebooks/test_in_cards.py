"""What ties a card and a world together."""

import pytest

from langgraph_roleplay.personas import load_persona
from langgraph_roleplay.personas.cards import save_persona
from langgraph_roleplay.personas.lorebooks import dialect_of, load_lorebook
from langgraph_roleplay.personas.lorebooks.spec import to_character_book
from langgraph_roleplay.personas.lorebooks.world_info import to_world_info

ENTRY = {
    "id": 0,
    "keys": ["tide"],
    "secondary_keys": [],
    "comment": "Tides",
    "content": "Twice a day.",
    "constant": False,
    "selective": True,
    "insertion_order": 100,
    "enabled": True,
    "position": "after_char",
    "use_regex": True,
    "extensions": {
        "position": 4,
        "exclude_recursion": True,
        "display_index": 0,
        "probability": 60,
        "useProbability": True,
        "depth": 2,
        "selectiveLogic": 0,
        "outlet_name": "",
        "group": "sea",
        "group_weight": 30,
        "scan_depth": None,
        "sticky": 2,
        "triggers": [],
        "match_scenario": True,
    },
}
DATA = {
    "name": "Ada",
    "first_mes": "Hi",
    "extensions": {"world": "Harbour", "talkativeness": "0.5", "depth_prompt": {"prompt": "p", "depth": 4}},
    "character_book": {"name": "Harbour", "extensions": {}, "entries": [ENTRY]},
}


@pytest.mark.parametrize("spec", ["v2", "v3"])
def test_a_card_keeps_the_name_of_its_world_and_the_worlds_own_fields(spec, tmp_path):
    card = {"spec": f"chara_card_{spec}", "spec_version": f"{spec[1]}.0", "data": DATA}
    save_persona(load_persona(card), tmp_path / "ada.json", spec=spec)
    persona = load_persona(tmp_path / "ada.json")
    assert persona.extensions == DATA["extensions"]
    assert persona.character_book is not None
    assert to_character_book(persona.character_book) == DATA["character_book"]
    assert dialect_of(persona.character_book) == "sillytavern"


def test_a_world_put_into_a_card_and_taken_out_again_is_the_same_world(tmp_path):
    world = {"entries": {"0": {"uid": 0, "key": ["tide"], "content": "x", "addMemo": True, "new field": 1}}}
    book = to_character_book(load_lorebook(world))
    save_persona(load_persona({"name": "Ada", "character_book": book}), tmp_path / "ada.png")
    in_card = load_persona(tmp_path / "ada.png").character_book
    assert in_card is not None
    assert dialect_of(in_card) == "sillytavern"
    assert to_world_info(in_card) == world


def test_a_cards_own_lorebook_can_leave_it_as_a_world():
    entry = to_world_info(load_lorebook(DATA["character_book"]))["entries"]["0"]
    assert (entry["uid"], entry["key"], entry["position"], entry["depth"]) == (0, ["tide"], 4, 2)
    assert (entry["excludeRecursion"], entry["groupWeight"], entry["matchScenario"]) == (True, 30, True)
    assert "extensions" not in entry
