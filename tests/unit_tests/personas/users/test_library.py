import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.users import UserLibrary, UserPersona


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home" / "users"


@pytest.fixture
def library(folder):
    return UserLibrary(folder)


def test_what_is_added_is_there_for_the_next_who_looks(library, folder):
    added = library.add("Ada", "A sailor who fears water.")
    assert added == UserPersona("ada", "Ada", "A sailor who fears water.")
    assert UserLibrary(folder).list() == (added,)
    assert UserLibrary(folder).get("ada") == UserLibrary(folder).get(" ADA ") == added


def test_files_are_for_the_user_alone(library, folder):
    library.add("Ada")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "ada.json").stat().st_mode) == 0o600


def test_several_of_one_name_are_told_apart_by_id(library):
    library.add("Ada", "A sailor.")
    assert library.add("Ada", "A queen.").id == "ada-2"
    assert library.get("ada-2").description == "A queen."
    with pytest.raises(PersonaError, match=r"Several .* 'ADA'.*ada, ada-2"):
        library.get("ADA")


def test_the_very_same_one_is_not_added_twice(library):
    library.add("Ada", "A sailor.")
    with pytest.raises(PersonaError, match="already, as ada"):
        library.add("Ada", "A sailor.")


def test_of_two_who_add_at_once_neither_is_lost(library, folder):
    one = library.add_all([("Bo", "First."), ("Ada", "First.")])
    assert next(one).id == "bo"
    assert UserLibrary(folder).add("Ada", "Second.").id == "ada"
    assert next(one).id == "ada-2"
    assert [user.description for user in library.list()] == ["Second.", "First.", "First."]


@pytest.mark.parametrize(
    ("name", "description", "said"),
    [
        ("", "", "name: .*at least 1"),
        ("x" * 81, "", "name: .*at most 80"),
        ("two\nlines", "", "name: .*one line"),
        ("<|im_start|>", "", "name: "),
        ("Ada", "x" * 8001, "description: .*at most 8000"),
    ],
)
def test_what_a_turn_would_not_take_is_refused(library, folder, name, description, said):
    with pytest.raises(PersonaError, match=said):
        library.add(name, description)
    assert not folder.exists()


@given(st.text(min_size=1, max_size=90))
def test_every_name_that_a_turn_takes_can_be_kept_and_found_by_its_id(tmp_path_factory, name):
    library = UserLibrary(tmp_path_factory.mktemp("users"))
    try:
        added = library.add(name)
    except PersonaError:
        with pytest.raises(ValueError, match="user_name"):
            Context(user_name=name)
    else:
        assert library.get(added.id) == added


def test_an_edit_keeps_the_id_and_what_is_not_named(library):
    library.add("Ada", "A sailor.")
    assert library.edit("ada", name="Ada of Hull") == UserPersona("ada", "Ada of Hull", "A sailor.")
    assert library.edit("ada", description="") == UserPersona("ada", "Ada of Hull", "")
    with pytest.raises(PersonaError, match="name"):
        library.edit("ada", name="\x00")
    assert library.get("ada").name == "Ada of Hull"


def test_what_is_removed_can_be_brought_back(library):
    added = library.add("Ada", "A sailor.")
    assert library.remove("Ada") == "ada"
    assert (library.list(), library.removed()) == ((), ("ada",))
    assert library.restore("ada") == added
    assert (library.list(), library.removed()) == ((added,), ())


def test_a_removed_ones_id_is_not_given_to_another(library):
    library.add("Ada", "A sailor.")
    library.remove("ada")
    assert library.add("Ada", "A queen.").id == "ada-2"
    assert library.restore("ada").description == "A sailor."


def test_removing_twice_loses_nothing(library, folder):
    library.add("Ada", "first")
    library.remove("ada")
    (folder / "ada.json").write_text('{"name": "Ada", "description": "second"}')
    with pytest.raises(PersonaError, match="another 'ada'"):
        library.restore("ada")
    library.remove("ada")
    assert library.restore("ada").description == "second"
    (folder / "ada.json").unlink()
    assert library.restore("ada").description == "first"


def test_what_is_erased_is_gone_with_all_that_was_kept(library, folder):
    library.add("Ada")
    library.remove("ada")
    assert library.erase("ada") == 1
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    with pytest.raises(PersonaError, match="Nobody was removed"):
        library.restore("ada")


def test_all_that_was_removed_under_an_id_is_erased_with_the_one_that_is_there(library, folder):
    for description in ("first", "second"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ada.json").write_text(f'{{"name": "Ada", "description": "{description}"}}')
        library.remove("ada")
    (folder / "ada.json").write_text('{"name": "Ada"}')
    library.add("Bo")
    assert library.erase("ada") == 3
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["bo.json"]


def test_a_folder_that_is_a_file_is_told(folder):
    folder.parent.mkdir()
    folder.touch()
    with pytest.raises(PersonaError, match="can't be written"):
        UserLibrary(folder).add("Ada")


def test_an_unknown_one_is_told_the_nearest(library):
    library.add("Adelaide")
    with pytest.raises(PersonaError, match="there are: adelaide"):
        library.get("adelade")


def test_where_there_is_nobody_a_hint_says_how_to_begin(library):
    with pytest.raises(PersonaError, match="roleplay user add"):
        library.get("ada")


@pytest.mark.parametrize("ref", ["../secret", "..", "", "/etc/passwd", "a\x00b", "x" * 5000])
def test_no_id_leads_out_of_the_folder(library, folder, ref):
    library.add("Ada")
    (folder.parent / "secret.json").write_text('{"name": "Secret"}')
    for action in (library.get, library.remove, library.erase, library.restore):
        with pytest.raises(PersonaError):
            action(ref)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "broken JSON"),
        (b"\xff", "broken JSON"),
        (b"[]", "no JSON object"),
        (b'{"description": "x"}', "name"),
        (b'{"name": "x", "description": 3}', "description"),
        (b"[" * 200_000, "larger than"),
        (b"[" * 90_000, "broken JSON"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_broken_file_is_named_and_hides_no_other(library, folder, content, said):
    added = library.add("Ada")
    (folder / "bad.json").write_bytes(content)
    assert library.list() == (added,)
    (reason,) = library.broken()
    assert "bad" in str(reason)
    assert said in str(reason)
    assert library.remove("bad") == "bad"
    assert library.broken() == ()
