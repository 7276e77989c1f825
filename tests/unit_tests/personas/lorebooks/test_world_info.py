import json

import pytest

from langgraph_roleplay.personas.lorebooks import load_lorebook, save_lorebook
from langgraph_roleplay.personas.lorebooks.world_info import to_world_info


def read(label="sea.json", **entry):
    return load_lorebook({"entries": {"4": entry}}, label=label).entries[0]


def test_fields_stand_where_sillytavern_puts_them_in_a_card():
    entry = read(
        key=["tide"],
        keysecondary=["moon"],
        order=90,
        position=4,
        depth=2,
        role=1,
        excludeRecursion=True,
        groupWeight=30,
        scanDepth=None,
        caseSensitive=True,
        matchPersonaDescription=True,
        ignoreBudget=True,
        outletName="sea",
    )
    assert (entry.id, entry.keys, entry.secondary_keys, entry.insertion_order) == (4, ("tide",), ("moon",), 90)
    assert (entry.position, entry.case_sensitive) == ("after_char", True)
    assert {name: value for name, value in entry.extensions.items() if name != "langgraph_roleplay"} == {
        "position": 4,
        "depth": 2,
        "role": 1,
        "exclude_recursion": True,
        "group_weight": 30,
        "scan_depth": None,
        "case_sensitive": True,
        "match_persona_description": True,
        "ignore_budget": True,
        "outlet_name": "sea",
    }


@pytest.mark.parametrize(
    ("key", "uid"), [("7", 7), ("1" * 18, int("1" * 18)), ("1" * 19, "1" * 19), ("1" * 5_000, "1" * 5_000), ("²", "²")]
)
def test_an_entry_is_known_by_its_key_which_is_a_number_if_it_can_be(tmp_path, key, uid):
    source = {"name": "Sea", "entries": {key: {"key": ["tide"], "content": "x"}}}
    book = load_lorebook(json.dumps(source).encode())
    assert book.entries[0].id == uid
    save_lorebook(book, tmp_path / "sea.json", form="world_info")
    assert json.loads((tmp_path / "sea.json").read_bytes()) == source


def test_what_an_entry_leaves_out_is_what_sillytavern_takes():
    entry = read(content="x")
    assert (entry.selective, entry.insertion_order, entry.enabled, entry.constant) == (True, 100, True, False)
    assert (entry.position, entry.case_sensitive, entry.use_regex) == ("before_char", False, False)
    assert "position" not in entry.extensions


def test_a_world_without_a_name_is_called_by_its_card_or_its_file():
    assert load_lorebook({"entries": {}}, label="sea.json").name == "sea"
    assert load_lorebook({"entries": {}, "originalData": {"name": "Harbour"}}, label="sea.json").name == "Harbour"
    assert (
        load_lorebook({"entries": {}, "name": "Ocean", "originalData": {"name": "x"}}, label="sea.json").name == "Ocean"
    )


def test_a_name_given_later_is_written():
    book = load_lorebook({"entries": {}}, label="sea.json")
    assert to_world_info(book) == {"entries": {}}
    assert to_world_info(book.model_copy(update={"name": "Ocean"})) == {"entries": {}, "name": "Ocean"}


def test_patterns_are_patterns_on_both_sides():
    assert read(key=["/tides?/i"]).use_regex
    assert not read(key=["/tides?/i", "moon"]).use_regex
    card_book = {"entries": [{"keys": ["tides?", "a/b", "/c/"], "use_regex": True, "content": "x"}]}
    entry = to_world_info(load_lorebook(card_book))["entries"]["0"]
    assert entry["key"] == ["/tides?/i", r"/a\/b/i", "/c/"]


def test_every_entry_gets_a_key_of_its_own():
    entries = [{"keys": [], "content": str(number), "id": uid} for number, uid in enumerate([5, None, 5, "0", 0])]
    written = to_world_info(load_lorebook({"entries": entries}))["entries"]
    assert [entry["content"] for entry in written.values()] == ["0", "1", "2", "3", "4"]
    assert len({str(entry["uid"]) for entry in written.values()}) == 5
    assert all(key == str(entry["uid"]) for key, entry in written.items())


def test_a_list_of_entries_is_a_world_too():
    source = {"entries": [{"uid": 3, "key": ["a"], "content": "x"}]}
    book = load_lorebook(source)
    assert book.entries[0].id == 3
    assert to_world_info(book) == source
