import pytest

from langgraph_roleplay.personas.lorebooks import load_lorebook
from langgraph_roleplay.personas.lorebooks.risuai import to_risu_lorebook


def read(**entry):
    return load_lorebook({"type": "risu", "ver": 1, "data": [entry]}, label="sea.json").entries[0]


def test_fields_stand_where_risuai_puts_them_in_a_card():
    entry = read(
        key="tide, moon",
        secondkey="night",
        insertorder=90,
        comment="Tides",
        content="x",
        alwaysActive=True,
        selective=True,
        mode="normal",
        folder="f",
        activationPercent=60,
        extentions={"risu_case_sensitive": True},
    )
    assert (entry.keys, entry.secondary_keys, entry.insertion_order) == (("tide", "moon"), ("night",), 90)
    assert (entry.comment, entry.constant, entry.selective, entry.case_sensitive) == ("Tides", True, True, True)
    assert entry.model_extra == {"mode": "normal", "folder": "f"}
    assert entry.extensions["probability"] == entry.extensions["risu_activationPercent"] == 60


@pytest.mark.parametrize(
    ("text", "keys"),
    [("/a{1,2}/i", ("/a{1,2}/i",)), ("/a/i, /b{2,}/", ("/a/i", "/b{2,}/")), ("", ())],
)
def test_a_comma_inside_a_pattern_does_not_split_it(text, keys):
    assert read(key=text, useRegex=True).keys == keys


def test_a_folder_is_no_lore():
    assert not read(key="\uf000folder:1", mode="folder", content="x").enabled


def test_an_entry_of_another_program_becomes_one_of_risuai():
    world = {"entries": {"0": {"key": ["a", "b"], "content": "x", "constant": True, "probability": 40, "comment": "A"}}}
    written = to_risu_lorebook(load_lorebook(world))
    entry = written["data"][0]
    assert (written["type"], entry["key"], entry["comment"], entry["mode"]) == ("risu", "a, b", "A", "constant")
    assert (entry["alwaysActive"], entry["activationPercent"], entry["insertorder"]) == (True, 40, 100)
