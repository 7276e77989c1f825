import json
import os

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import PersonaLibrary


def write(folder, stem, **data):
    path = folder / f"{stem}.json"
    path.write_text(json.dumps({"name": stem.title(), **data}))
    return path


def test_the_built_in_cast_is_there_without_a_folder():
    library = PersonaLibrary()
    assert {"sherlock-holmes", "elizabeth-bennet", "alice", "captain-nemo", "sun-wukong"} <= set(library.ids())
    assert library.broken() == {}


@pytest.mark.parametrize(
    "ref", ["sherlock-holmes", "Sherlock Holmes", "SHERLOCK HOLMES", " sherlock holmes ", "sherlock_holmes"]
)
def test_a_persona_is_found_by_id_and_by_name(ref):
    assert PersonaLibrary().get(ref).name == "Sherlock Holmes"


def test_a_name_in_another_script_finds_its_persona():
    assert PersonaLibrary().get("孙悟空").id == "sun-wukong"


def test_the_users_own_come_first_and_hide_the_built_in(tmp_path):
    write(tmp_path, "zoe")
    write(tmp_path, "alice", description="Mine.")
    library = PersonaLibrary(tmp_path)
    assert library.ids()[:2] == ("alice", "zoe")
    assert library.ids().count("alice") == 1
    assert library.get("alice").description == "Mine."


def test_a_broken_file_hides_no_other_and_says_why(tmp_path):
    write(tmp_path, "zoe")
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "later.png").write_bytes(b"\x89PNG")
    (tmp_path / "notes.txt").write_text("not a card")
    library = PersonaLibrary(tmp_path)
    assert "zoe" in library.ids()
    assert set(library.broken()) == {"bad.json", "later.png"}
    with pytest.raises(PersonaError, match=r"bad\.json: broken JSON at line 1"):
        library.get("bad")


def test_a_changed_file_is_read_again_and_a_gone_one_forgotten(tmp_path):
    path = write(tmp_path, "zoe", description="old")
    library = PersonaLibrary(tmp_path)
    first = library.get("zoe")
    assert library.get("zoe") is first
    write(tmp_path, "zoe", description="new")
    os.utime(path, ns=(1, 1))
    assert library.get("zoe").description == "new"
    path.unlink()
    with pytest.raises(PersonaError):
        library.get("zoe")


def test_a_missing_folder_is_an_empty_one_and_a_file_in_its_place_is_reported(tmp_path):
    (tmp_path / "file").touch()
    assert PersonaLibrary(tmp_path / "none").ids() == PersonaLibrary().ids()
    assert PersonaLibrary(tmp_path / "none").broken() == {}
    library = PersonaLibrary(tmp_path / "file")
    assert library.ids() == PersonaLibrary().ids()
    assert "is not a folder" in library.broken()[str(tmp_path / "file")]


def test_a_folder_that_may_not_be_read_is_told_and_hides_nobody_else(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    library = PersonaLibrary(tmp_path / "locked")
    assert library.get("alice").id == "alice"
    assert library.broken() == {str(tmp_path / "locked"): f"{tmp_path / 'locked'} can't be read (Permission denied)."}
    assert not library.folder.missing()


def test_paths_to_nothing_are_not_kept_and_neither_is_what_is_gone(tmp_path):
    path = write(tmp_path, "zoe")
    library = PersonaLibrary(tmp_path, allow_paths=False)
    for number in range(50):
        with pytest.raises(PersonaError, match="No such file"):
            library.get(f"x/{number}")
    library.list()
    assert list(library.folder._read) == [path]
    path.unlink()
    library.list()
    assert library.folder._read == {}


def test_a_path_loads_that_card_unless_paths_are_refused(tmp_path):
    path = write(tmp_path, "zoe")
    assert PersonaLibrary().get(str(path)).id == "zoe"
    with pytest.raises(PersonaError, match="by id or name only"):
        PersonaLibrary(allow_paths=False).get(str(path))
    with pytest.raises(PersonaError, match="No such file"):
        PersonaLibrary().get(str(tmp_path / "nobody.json"))


@pytest.mark.parametrize(
    ("ref", "near"), [("sherlok", "sherlock-holmes"), ("elisabeth benet", "elizabeth-bennet"), ("alicia", "alice")]
)
def test_an_unknown_name_is_answered_with_the_nearest(ref, near):
    with pytest.raises(PersonaError, match=f"did you mean {near}"):
        PersonaLibrary().get(ref)


def test_ids_that_come_near_are_told_before_names_that_do_and_those_with_the_name(tmp_path):
    write(tmp_path, "evil", name="Seraphina")
    write(tmp_path, "seraphina-png", name="Guardian")
    with pytest.raises(PersonaError, match=r"did you mean seraphina-png or evil \(Seraphina\)\?"):
        PersonaLibrary(tmp_path).get("Seraphin")


def test_of_several_with_one_name_that_one_speaks_whose_id_it_is_else_nobody_unasked(tmp_path):
    write(tmp_path, "evil", name="Seraphina")
    write(tmp_path, "kind", name="Seraphina")
    with pytest.raises(PersonaError, match=r"Several .* 'Seraphina': say which by its id \(evil, kind\)"):
        PersonaLibrary(tmp_path).get("Seraphina")
    write(tmp_path, "seraphina", description="The one.")
    assert PersonaLibrary(tmp_path).get("Seraphina").description == "The one."


def test_an_unknown_name_is_answered_with_those_that_are_there_and_not_with_a_command(tmp_path):
    for number in range(30):
        write(tmp_path, f"zoe{number:02}")
    with pytest.raises(PersonaError, match=r"There are zoe00, zoe01, .* zoe19 and 1[0-9] more\.$") as caught:
        PersonaLibrary(tmp_path).get("nobody at all")
    assert "`" not in str(caught.value)


@pytest.mark.parametrize("ref", ["", "x" * 5000, "\x00", "🙂", ".."])
def test_odd_references_get_a_short_clear_error(ref):
    with pytest.raises(PersonaError) as caught:
        PersonaLibrary().get(ref)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("ref", ["a\x00b.json", "x" * 5000 + ".json", "/", "~nobody-at-all/x.json"])
def test_odd_paths_get_a_clear_error_too(ref):
    with pytest.raises(PersonaError):
        PersonaLibrary().get(ref)


def test_an_inline_card_is_taken_as_it_is():
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ivy", "description": "A gardener."}}
    assert PersonaLibrary(allow_paths=False).get(card).description == "A gardener."
    with pytest.raises(PersonaError, match="name"):
        PersonaLibrary().get({"spec": "chara_card_v2", "data": {}})


def test_servers_take_paths_inside_the_folder_and_no_others(tmp_path):
    folder, outside = tmp_path / "cast", tmp_path / "secret"
    (folder / "sub").mkdir(parents=True)
    outside.mkdir()
    write(folder / "sub", "zoe")
    secret = write(outside, "key")
    (folder / "link.json").symlink_to(secret)
    (folder / "way").symlink_to(outside)
    library = PersonaLibrary(folder, allow_paths=False)
    assert library.get("sub/zoe.json").id == "zoe"
    for ref in (
        str(secret),
        str(folder / "sub" / "zoe.json"),
        "../secret/key.json",
        "sub/../../secret/key.json",
        "link.json",
        "way/key.json",
        "~/key.json",
        "sub\\zoe.json",
        "file:///etc/passwd",
        "./",
        "x\x00/y.json",
    ):
        with pytest.raises(PersonaError) as caught:
            library.get(ref)
        assert "by id or name only" in str(caught.value) or "No such file" in str(caught.value)
        with pytest.raises(PersonaError) as caught:
            library.lorebook(ref)
        assert "ersona" not in str(caught.value)


def test_an_id_reads_no_other_file(tmp_path):
    write(tmp_path, "zoe")
    unread = write(tmp_path, "abel")
    os.mkfifo(tmp_path / "pipe.json")  # reading it would wait for ever
    unread.chmod(0)
    assert PersonaLibrary(tmp_path).get("zoe").id == "zoe"


def test_the_same_id_twice_is_told_and_the_first_one_speaks(tmp_path):
    write(tmp_path, "mira vale", description="First.")
    write(tmp_path, "mira_vale", description="Second.")
    library = PersonaLibrary(tmp_path)
    assert library.ids().count("mira-vale") == 1
    assert library.get("Mira Vale").description == "First."
    assert library.broken() == {
        "mira_vale.json": "mira_vale.json: hidden by mira vale.json, which has the same id mira-vale; "
        "rename one of them."
    }


def world(folder, stem, **fields):
    path = folder / f"{stem}.json"
    path.write_text(json.dumps({"entries": {"0": {"uid": 0, "key": ["moon"], "content": "Two moons."}}, **fields}))
    return path


def test_lorebooks_stand_beside_the_cards_and_are_found_by_file_and_by_name(tmp_path):
    write(tmp_path, "zoe")
    world(tmp_path, "Two Moons", name="Sky over Zoe")
    library = PersonaLibrary(tmp_path)
    assert library.ids()[0] == "zoe"
    assert library.broken() == {}
    assert list(library.lorebooks()) == ["two-moons"]
    for name in ("Two Moons", "two-moons", "sky over zoe", str(tmp_path / "Two Moons.json")):
        assert library.lorebook(name).entries[0].content == "Two moons."
    with pytest.raises(PersonaError, match="'Two Moons' is a lorebook, not a character"):
        library.get("Two Moons")
    with pytest.raises(PersonaError, match="No lorebook 'two moon': did you mean two-moons"):
        library.lorebook("two moon")


def test_a_book_with_a_name_does_not_pass_for_a_card(tmp_path):
    world(tmp_path, "moons", name="Moons")
    entries = [{"keys": ["moon"], "content": "Two moons.", "extensions": {}, "enabled": True, "insertion_order": 1}]
    (tmp_path / "plain.json").write_text(json.dumps({"name": "Plain", "entries": entries}))
    library = PersonaLibrary(tmp_path)
    assert set(library.lorebooks()) == {"moons", "plain"}
    assert library.ids() == PersonaLibrary().ids()


def test_a_broken_lorebook_says_what_is_wrong_with_it_as_a_lorebook(tmp_path):
    (tmp_path / "moons.json").write_text(json.dumps({"spec": "lorebook_v3", "data": {"entries": 5}}))
    library = PersonaLibrary(tmp_path)
    assert "entries" in library.broken()["moons.json"]
    with pytest.raises(PersonaError, match=r"moons\.json"):
        library.lorebook("moons")


@pytest.mark.parametrize(
    "content",
    [
        {"entries": {"0": {"uid": 0, "key": ["moon"], "content": ["no", "text"]}}},
        {"type": "risu", "ver": 1, "data": [{"key": 5, "content": []}]},
        {"kind": "memory", "entries": [{"keywords": 5, "entry": []}]},
    ],
)
def test_a_world_of_another_program_that_is_broken_is_no_card_without_a_name(tmp_path, content):
    (tmp_path / "moons.json").write_text(json.dumps(content))
    reason = PersonaLibrary(tmp_path).broken()["moons.json"]
    assert "content" in reason or "entry" in reason or "key" in reason
    assert "name" not in reason


def test_a_card_of_sillytavern_finds_its_world(tmp_path):
    write(tmp_path, "zoe", extensions={"world": "Two Moons"})
    write(tmp_path, "mia", extensions={"world": "Elsewhere"})
    own = {"name": "Two Moons", "entries": []}
    write(tmp_path, "ada", extensions={"world": "Two Moons"}, character_book=own)
    world(tmp_path, "two-moons")
    library = PersonaLibrary(tmp_path)
    (book,) = library.worlds_of(library.get("zoe"))
    assert book.entries[0].content == "Two moons."
    assert library.worlds_of(library.get("mia")) == ()
    assert library.worlds_of(library.get("alice")) == ()
    assert library.worlds_of(library.get("ada")) == ()  # its own book is the copy
    assert [library.missing_world(library.get(one)) for one in ("zoe", "mia", "ada", "alice")] == [
        "",
        "Elsewhere",
        "",
        "",
    ]


def test_a_card_with_a_book_can_lend_it_by_its_path(tmp_path):
    path = write(tmp_path, "zoe", character_book={"entries": [{"keys": ["moon"], "content": "Two moons."}]})
    plain = write(tmp_path, "mia")
    assert PersonaLibrary().lorebook(str(path)).entries[0].content == "Two moons."
    with pytest.raises(PersonaError, match="without a lorebook"):
        PersonaLibrary().lorebook(str(plain))
