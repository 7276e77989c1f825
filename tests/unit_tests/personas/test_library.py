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


def test_a_missing_folder_is_reported_and_the_cast_stays(tmp_path):
    library = PersonaLibrary(tmp_path / "none")
    assert "alice" in library.ids()
    assert "not a folder" in library.broken()[str(tmp_path / "none")]


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
