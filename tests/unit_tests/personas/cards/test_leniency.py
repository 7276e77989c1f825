import json

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import load_persona


def entry_of(**fields):
    return load_persona({"name": "A", "character_book": {"entries": [fields]}}).character_book.entries[0]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("tags", "one, two ,", ("one", "two")),
        ("tags", {"0": "one", "1": "two"}, ("one", "two")),
        ("tags", ["one", None, 1984], ("one", "1984")),
        ("alternate_greetings", "Hi, you.", ("Hi, you.",)),
        ("alternate_greetings", "", ()),
        ("group_only_greetings", None, ()),
        ("source", "https://example.org", ("https://example.org",)),
        ("description", None, ""),
        ("extensions", None, {}),
        ("extensions", [], {}),
        ("extensions", "", {}),
        ("character_version", 1.5, "1.5"),
        ("creation_date", "1700000000", 1_700_000_000),
        ("creation_date", "2023-11-14T22:13:20+00:00", 1_700_000_000),
        ("creator_notes_multilingual", [], {}),
        ("assets", {"0": {"type": "icon", "uri": "ccdefault:"}}, None),
        ("character_book", [], None),
        ("character_book", "", None),
    ],
)
def test_what_programs_write_is_read_as_what_they_meant(field, value, expected):
    persona = load_persona({"data": {"name": "A", field: value}})
    if field == "assets":
        assert persona.assets[0].uri == "ccdefault:"
    else:
        assert getattr(persona, field) == expected


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("keys", "sea, ship", ("sea", "ship")),
        ("keys", [1984, "x"], ("1984", "x")),
        ("secondary_keys", "a,b", ("a", "b")),
        ("secondary_keys", None, ()),
        ("insertion_order", "100", 100),
        ("insertion_order", "", 0),
        ("insertion_order", "1.5", 1.5),
        ("insertion_order", 2.0, 2),
        ("insertion_order", 1e300, 1e300),
        ("priority", "", None),
        ("enabled", "false", False),
        ("enabled", 1, True),
        ("constant", "", False),
        ("content", None, ""),
        ("id", "a", "a"),
        ("id", 7, 7),
        ("name", 7, "7"),
        ("case_sensitive", None, False),
    ],
)
def test_entries_are_read_leniently_too(field, value, expected):
    read = getattr(entry_of(**{field: value}), field)
    assert (read, type(read)) == (expected, type(expected))


def test_entries_by_number_and_numbers_as_text_make_a_book():
    book = load_persona(
        {
            "name": "A",
            "character_book": {
                "entries": {"0": {"keys": ["a"]}, "7": {"keys": ["b"]}},
                "scan_depth": "4",
                "token_budget": -1,
                "recursive_scanning": "",
            },
        }
    ).character_book
    assert [entry.keys for entry in book.entries] == [("a",), ("b",)]
    assert (book.scan_depth, book.token_budget, book.recursive_scanning) == (4, None, None)


def test_a_list_of_entries_is_a_book_and_nulls_among_them_are_nothing():
    book = load_persona({"name": "A", "character_book": [{"keys": ["a"]}, None]}).character_book
    assert [entry.keys for entry in book.entries] == [("a",)]


def test_what_was_mended_is_told_once_with_a_count():
    entries = [{"keys": "a,b"}, {"keys": "c"}]
    persona = load_persona({"data": {"name": "A", "tags": "x", "character_book": {"entries": entries}}})
    assert persona.notices == (
        "data.tags: text read as a list.",
        "data.character_book.entries.*.keys: text read as a list (2 times).",
    )


def test_a_sound_card_has_no_notices():
    assert load_persona({"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "A"}}).notices == ()


@pytest.mark.parametrize(("version", "newer"), [("3.0", False), ("3.1", True), ("10", True), (4, True), ("x", False)])
def test_a_newer_version_is_read_with_a_notice(version, newer):
    persona = load_persona({"spec": "chara_card_v3", "spec_version": version, "data": {"name": "A", "new": 1}})
    assert bool(persona.notices) is newer
    assert persona.model_extra == {"new": 1}


def test_names_that_pygmalion_used_are_understood():
    persona = load_persona({"char_name": "A", "char_persona": "d", "char_greeting": "g", "world_scenario": "w"})
    assert (persona.name, persona.description, persona.first_mes, persona.scenario) == ("A", "d", "g", "w")
    assert persona.model_extra["char_name"] == "A"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_is_read_in_any_encoding_that_says_what_it_is(encoding):
    content = json.dumps({"name": "Zoë 孙"}, ensure_ascii=False).encode(encoding)
    persona = load_persona(content)
    assert (persona.name, persona.notices) == ("Zoë 孙", ())


def test_text_in_one_byte_a_character_is_guessed_and_damage_in_utf8_is_not():
    old = load_persona('{"name": "Zoë “Z”"}'.encode("cp1252"))
    assert (old.name, old.notices) == ("Zoë “Z”", ("It is not in UTF-8, so it was read as Windows-1252.",))
    damaged = load_persona('{"name": "Zoë 孙"}'.encode().replace("孙".encode(), b"\xe5\xad"))
    assert damaged.name == "Zoë \ufffd"
    assert damaged.notices == ("1 damaged characters were replaced.",)


def test_half_an_emoji_and_line_breaks_in_texts_are_mended():
    persona = load_persona(rb'{"name": "A\ud83d", "description": "\ud83d\ude42 \\ud83d ' + b"\n" + rb'"}')
    assert persona.name == "A\ufffd"
    assert persona.description == "🙂 \\ud83d \n"
    assert persona.notices == ("1 half characters were replaced.",)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"tags": 5}, "tags"),
        ({"tags": [{}]}, "tags.0"),
        ({"description": ["a"]}, "description"),
        ({"extensions": "text"}, "extensions"),
        ({"assets": ["x"]}, "assets.0"),
        ({"character_book": "text"}, "character_book"),
        ({"character_book": {"entries": ["x"]}}, "character_book.entries.0"),
        ({"character_book": {"entries": [{"content": 5}]}}, "character_book.entries.0.content"),
        ({"character_book": {"scan_depth": "deep"}}, "character_book.scan_depth"),
        ({"creation_date": "long ago"}, "creation_date"),
        ({"creation_date": "Infinity"}, "creation_date"),
        ({"character_book": {"token_budget": "inf"}}, "character_book.token_budget"),
        *(
            ({"character_book": {"entries": [{field: text}]}}, f"character_book.entries.0.{field}")
            for field in ("insertion_order", "priority")
            for text in ("Infinity", "-inf", "nan", "1e999", "1" * 5_000)
        ),
        ({"creator_notes_multilingual": {"line\nbreak": 3}}, "creator_notes_multilingual"),
    ],
)
def test_what_has_no_sensible_reading_is_one_line_that_names_the_field(data, place):
    with pytest.raises(PersonaError) as caught:
        load_persona({"data": {"name": "A", **data}}, label="ada.json")
    assert str(caught.value).startswith(f"ada.json: data.{place}")
    assert "\n" not in str(caught.value)
