import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lorebooks import dialect_of, load_lorebook, looks_like_lorebook, save_lorebook
from langgraph_roleplay.personas.reading import MAX_BYTES, MAX_ENTRIES

WORLD = {
    "name": "Harbour",
    "entries": {
        "0": {
            "uid": 0,
            "key": ["lighthouse", "/tide[s]?/i"],
            "keysecondary": ["storm"],
            "comment": "The light",
            "content": "It burns whale oil.",
            "constant": False,
            "selective": True,
            "selectiveLogic": 3,
            "addMemo": True,
            "order": 90,
            "position": 4,
            "depth": 2,
            "role": 1,
            "disable": False,
            "excludeRecursion": True,
            "delayUntilRecursion": 2,
            "probability": 60,
            "useProbability": True,
            "group": "lights",
            "groupWeight": 30,
            "scanDepth": None,
            "sticky": 3,
            "triggers": ["normal"],
            "outletName": "",
            "characterFilter": {"isExclude": False, "names": ["Ada"], "tags": []},
            "a future field": {"deep": [1, None]},
        },
        "7": {"uid": 7, "key": ["whale"], "content": "They sing.", "disable": True},
    },
    "originalData": {"name": "Harbour", "entries": []},
    "extensions": {"vendor/x": 1},
}
RISU = {
    "type": "risu",
    "ver": 1,
    "data": [
        {
            "key": "lighthouse,lamp",
            "secondkey": "storm, gale",
            "insertorder": 90,
            "comment": "The light",
            "content": "@@depth 2\nIt burns whale oil.",
            "mode": "normal",
            "alwaysActive": False,
            "selective": True,
            "extentions": {"risu_case_sensitive": True},
            "activationPercent": 60,
            "loreCache": None,
            "useRegex": False,
            "bookVersion": 2,
            "folder": "\uf000folder:1",
        },
        {
            "key": "/wha.{1,2}s?/i",
            "comment": "",
            "content": "They sing.",
            "mode": "constant",
            "insertorder": 10,
            "alwaysActive": True,
            "secondkey": "",
            "selective": False,
            "useRegex": True,
        },
        {
            "key": "\uf000folder:1",
            "comment": "Sea",
            "content": "",
            "mode": "folder",
            "insertorder": 100,
            "alwaysActive": False,
            "secondkey": "",
            "selective": False,
        },
    ],
}
AGNAI = {
    "kind": "memory",
    "_id": "f00",
    "userId": "u1",
    "name": "Harbour",
    "description": "Where the ships are.",
    "scanDepth": 5,
    "entries": [
        {
            "name": "The light",
            "entry": "It burns whale oil.",
            "keywords": ["lighthouse", "lamp"],
            "priority": 3,
            "weight": 7,
            "enabled": True,
            "secondaryKeys": [],
        },
        {"name": "whale", "entry": "They sing.", "keywords": ["whale"], "priority": 0, "weight": 0, "enabled": False},
    ],
}
V3 = {
    "spec": "lorebook_v3",
    "written_by": "somebody",
    "data": {
        "name": "Harbour",
        "scan_depth": 3,
        "token_budget": 500,
        "recursive_scanning": True,
        "extensions": {"vendor/x": 1},
        "unknown": [1],
        "entries": [
            {
                "keys": ["lighthouse"],
                "secondary_keys": ["storm"],
                "content": "@@role user\nIt burns whale oil.",
                "extensions": {"vendor/y": {"z": None}},
                "enabled": True,
                "insertion_order": 90,
                "use_regex": False,
                "case_sensitive": True,
                "selective": True,
                "priority": 2,
                "odd": 1,
            }
        ],
    },
}
BARE = V3["data"]
FILES = {"lorebook_v3": V3, "character_book": BARE, "world_info": WORLD, "risuai": RISU, "agnai": AGNAI}


def as_json(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def saved(book, form, tmp_path):
    path = tmp_path / "saved.json"
    save_lorebook(book, path, form=form)
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", FILES)
def test_what_is_loaded_and_saved_in_its_own_form_is_what_it_was(form, tmp_path):
    assert as_json(saved(load_lorebook(FILES[form]), form, tmp_path)) == as_json(FILES[form])


@pytest.mark.parametrize("form", FILES)
def test_lorebook_v3_loses_nothing_of_any_form(form, tmp_path):
    book = load_lorebook(FILES[form])
    save_lorebook(book, tmp_path / "book.json")
    again = load_lorebook(tmp_path / "book.json")
    assert as_json(saved(again, form, tmp_path)) == as_json(FILES[form])
    assert dialect_of(again) == dialect_of(book)


@pytest.mark.parametrize(
    ("form", "dialect"),
    [
        ("lorebook_v3", "spec"),
        ("character_book", "spec"),
        ("world_info", "sillytavern"),
        ("risuai", "risuai"),
        ("agnai", "agnai"),
    ],
)
def test_the_form_is_told_by_the_content_and_gives_the_dialect(form, dialect):
    content = json.dumps(FILES[form]).encode()
    assert dialect_of(load_lorebook(content, label="whatever.txt")) == dialect


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("to", FILES)
def test_every_form_says_the_same_in_every_other(form, to, tmp_path):
    book = load_lorebook(FILES[form])
    there = load_lorebook(saved(book, to, tmp_path))
    light, same = book.entries[0], there.entries[0]
    assert (same.keys, same.content) == (light.keys, light.content)
    assert same.insertion_order == light.insertion_order
    assert (same.name or same.comment) == (light.name or light.comment)
    assert [entry.content for entry in there.entries] == [entry.content for entry in book.entries]


@pytest.mark.parametrize("form", FILES)
def test_an_edit_is_saved_and_the_rest_stays(form, tmp_path):
    book = load_lorebook(FILES[form])
    edited = book.entries[0].model_copy(update={"content": "It is dark.", "keys": ("dark", "night")})
    book = book.model_copy(update={"entries": (edited, *book.entries[1:])})
    before, after = as_json(FILES[form]), saved(book, form, tmp_path)
    assert as_json(after) != before
    again = load_lorebook(after)
    assert (again.entries[0].content, again.entries[0].keys) == ("It is dark.", ("dark", "night"))
    untouched = [entry.model_dump() for entry in load_lorebook(FILES[form]).entries[1:]]
    assert [entry.model_dump() for entry in again.entries[1:]] == untouched


@pytest.mark.parametrize("form", FILES)
def test_a_real_world_goes_through_every_form_and_comes_back(form, tmp_path, shared_data):
    eldoria = shared_data / "cards" / "sillytavern_Eldoria_worldinfo.json"
    world = json.loads(eldoria.read_text(encoding="utf-8"))
    book = load_lorebook(eldoria)
    assert (book.name, len(book.entries), dialect_of(book)) == (eldoria.stem, 4, "sillytavern")
    assert as_json(saved(book, "world_info", tmp_path)) == as_json(world)
    there = load_lorebook(saved(book, form, tmp_path))
    assert [(entry.keys, entry.content) for entry in there.entries] == [
        (entry.keys, entry.content) for entry in book.entries
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"spec": "chara_card_v3", "data": {"name": "Ada"}}, ["looks like a character card"]),
        ({"name": "Ada", "first_mes": "Hi", "description": ""}, ["looks like a character card"]),
        (b"\x89PNG\r\n\x1a\n", ["looks like a character card"]),
        ({"name": "x"}, ["sea.json", "no lorebook"]),
        ({"lorebookVersion": 5, "entries": [{"keys": ["a"], "text": "x"}]}, ["sea.json", "no lorebook"]),
        (b"[1]", ["JSON object"]),
        (b'{"entries": ', ["sea.json", "line 1, column 13"]),
        (b'{"entries":' + b'{"a":' * 80 + b"1" + b"}" * 81, ["nested deeper"]),
        (b" " * (MAX_BYTES + 1), ["larger than"]),
        (b'{"entries": [' + b"{}," * 300_000 + b"{}]}", ["more parts"]),
        (b'{"entries": [' + b"{}," * MAX_ENTRIES + b"{}]}", [f"at most {MAX_ENTRIES:,} are read"]),
        ({"spec": "lorebook_v3", "data": []}, ["data: expected an object"]),
        ({"entries": {"3": {"key": ["a"], "order": "high"}}}, ["sea.json: entries.3.order: expected a number"]),
        ({"entries": {"3": {"key": [["a"]]}}}, ["entries.3.key.0: expected text"]),
        ({"entries": {"3": {"key": ["a"], "sticky": "x"}}}, ["entries.3.sticky: expected a number"]),
        ({"entries": {"3": []}}, ["entries.3: expected an object"]),
        ({"entries": {"a\nb" + "c" * 9_999: {"order": []}}}, ["entries.a bccc", "expected a number"]),
        ({"entries": {"3": {"disable": "maybe"}}}, ["entries.3.disable: expected true or false"]),
        ({"entries": {"3": {"content": "a" * 1_000_001}}}, ["sea.json: entries", "1,000,000 characters"]),
        (
            b'{"entries": [{"keys": []}, {"keys": [], "content": "' + b"a" * 1_000_001 + b'"}]}',
            ["sea.json: entries", "1,000,000 characters"],
        ),
        ({"entries": {"3": {"key": ["a"] * 1_001}}}, ["entries.3.key: expected at most 1,000 texts"]),
        ({"type": "risu", "data": [{"key": {}}]}, ["data.0.key: expected a list of texts"]),
        ({"kind": "memory", "entries": [{"weight": []}]}, ["entries.0.weight: expected a number"]),
        ({"entries": [{"keys": ["a"], "extensions": 1}]}, ["entries.0.extensions", "dictionary"]),
        ({"entries": [], "scan_depth": "deep"}, ["sea.json: scan_depth", "integer"]),
        ({"entries": [], "x": float("nan")}, ["sea.json: x", "finite"]),
        ({"entries": {"3": {"order": "Infinity"}}}, ["entries.3.order: expected a number"]),
        ({"entries": {"3": {"order": "1" * 5_000}}}, ["entries.3.order: expected a number"]),
        ({"entries": {"3": {"order": 10**5_000}}}, ["sea.json: entries: a number is too long"]),
        ({"type": "risu", "data": [{"activationPercent": "nan"}]}, ["data.0.activationPercent: expected a number"]),
        ({"kind": "memory", "entries": [{"weight": "1e999"}]}, ["entries.0.weight: expected a number"]),
        ({"entries": [{"keys": ["a"], "insertion_order": "-inf"}]}, ["sea.json: entries.0.insertion_order"]),
        ({"entries": [], "token_budget": "Infinity"}, ["sea.json: token_budget"]),
        (b'{"entries": [], "x": "\\ud800", "y": [' + b"[" * 70 + b"]" * 71 + b"}", ["sea.json: y", "nested deeper"]),
        ({"entries": [], "x": "\ud800"}, ["sea.json: x", "half a character"]),
    ],
)
def test_a_broken_lorebook_names_the_file_the_place_and_what_was_expected(source, words):
    with pytest.raises(PersonaError) as caught:
        load_lorebook(source, label="sea.json")
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_or_written_is_said_in_a_sentence(tmp_path):
    with pytest.raises(PersonaError, match=r"none\.json: can't be read"):
        load_lorebook(str(tmp_path / "none.json"))
    (tmp_path / "file").touch()
    with pytest.raises(PersonaError, match=r"none\.json: can't be written"):
        save_lorebook(Lorebook(), tmp_path / "file" / "none.json")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"entries": {"0": {"key": "sea, ships", "order": "5", "disable": "false"}}}, (("sea", "ships"), 5, True)),
        ({"entries": [{"keys": "sea, ships", "insertion_order": "5"}]}, (("sea", "ships"), 5, True)),
        ({"entries": {"0": {"key": [1984], "order": 1.5, "disable": 1}}}, (("1984",), 1.5, False)),
        ({"entries": {"0": {"key": ["sea"], "order": "", "position": "after_char"}}}, (("sea",), 100, True)),
        ({"entries": {"0": {"keys": ["sea"], "insertion_order": 7, "position": "after_char"}}}, (("sea",), 7, True)),
        ({"kind": "memory", "entries": [{"keywords": "sea", "weight": "2.5", "enabled": None}]}, (("sea",), 2.5, True)),
        ({"type": "risu", "data": [{"key": ["sea", "ships"], "insertorder": "5"}]}, (("sea", "ships"), 5, True)),
    ],
)
def test_what_hands_and_old_programs_write_is_understood(source, expected):
    entry = load_lorebook(source).entries[0]
    assert (entry.keys, entry.insertion_order, entry.enabled) == expected


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
numbers = st.integers(-1000, 1000) | st.integers(0, 99).map(str) | st.none() | st.just("")
flags = st.booleans() | st.sampled_from([0, 1, "true", "false", None])
keys = st.lists(texts, max_size=3) | texts | st.none()
extras = st.dictionaries(texts.map("x {}".format), anything, max_size=3)


def entries_of(**known):
    return st.builds(lambda extra, fields: {**extra, **fields}, extras, st.fixed_dictionaries({}, optional=known))


worlds = st.fixed_dictionaries(
    {
        "entries": st.dictionaries(
            texts | st.integers(0, 20).map(str),
            entries_of(
                uid=st.integers(0, 5) | anything,
                key=keys,
                keysecondary=keys,
                content=texts,
                constant=flags,
                selective=flags,
                order=numbers,
                position=numbers | st.sampled_from(["before_char", "after_char"]),
                disable=flags,
                sticky=numbers,
                scanDepth=numbers,
                caseSensitive=flags,
                extensions=st.dictionaries(texts | st.sampled_from(["position", "depth"]), anything, max_size=2),
            ),
            max_size=4,
        )
    },
    optional={"name": texts, "originalData": anything, "extensions": extras, "a future field": anything},
)
risu_exports = st.fixed_dictionaries(
    {
        "type": st.just("risu"),
        "data": st.lists(
            entries_of(
                key=keys,
                secondkey=keys,
                insertorder=numbers,
                content=texts,
                alwaysActive=flags,
                useRegex=flags,
                mode=texts,
                activationPercent=numbers,
                loreCache=anything,
                extentions=extras | st.just({"risu_case_sensitive": True, "probability": 5}),
                id=anything,
            ),
            max_size=4,
        ),
    },
    optional={"ver": anything, "a future field": anything},
)
memory_books = st.fixed_dictionaries(
    {
        "kind": st.just("memory"),
        "entries": st.lists(
            entries_of(
                name=texts, entry=texts, keywords=keys, priority=numbers, weight=numbers, enabled=flags, id=anything
            ),
            max_size=4,
        ),
    },
    optional={"name": texts, "scanDepth": st.integers(0, 9), "extensions": extras, "a future field": anything},
)


@pytest.mark.parametrize(("form", "files"), [("world_info", worlds), ("risuai", risu_exports), ("agnai", memory_books)])
def test_no_field_of_any_program_is_lost(form, files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")

    @settings(max_examples=60, deadline=None)
    @given(files)
    def check(source):
        book = load_lorebook(source, label="sea.json")
        assert as_json(saved(book, form, folder)) == as_json(source)
        through = load_lorebook(saved(book, "lorebook_v3", folder), label="other.json")
        assert as_json(saved(through, form, folder)) == as_json(source)

    check()


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["spec", "data", "entries", "type", "kind", "name", "x"]), anything))
def test_nothing_but_a_persona_error_comes_of_any_json(source):
    with suppress(PersonaError):
        assert isinstance(load_lorebook(source), Lorebook)


def test_a_book_that_json_cannot_say_is_refused_and_leaves_no_file(tmp_path):
    book = Lorebook(extensions={"weight": float("inf")})
    with pytest.raises(PersonaError, match=r"^sea\.json: can't be written as JSON"):
        save_lorebook(book, tmp_path / "sea.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("source", "is_book"),
    [
        (WORLD, True),
        (RISU, True),
        ({"entries": {"0": {"key": ["x"], "content": ["no", "text"]}}}, True),
        ({"name": "Sea", "entries": [{"keys": ["x"], "content": 5}]}, True),
        ({"spec": "lorebook_v3", "data": None}, True),
        ({"kind": "memory"}, True),
        ({"name": "Ada", "first_mes": "Hi", "entries": []}, False),
        ({"spec": "chara_card_v2", "data": {}}, False),
        ({"entries": "none"}, False),
        ({}, False),
    ],
)
def test_a_broken_lorebook_still_looks_like_one(source, is_book):
    assert looks_like_lorebook(source) is is_book
