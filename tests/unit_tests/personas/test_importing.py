import json

import pytest

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import PersonaLibrary, save_persona
from langgraph_roleplay.personas.importing import CardImporter
from langgraph_roleplay.personas.removed import RemovedFiles


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "personas"


def importer(folder, **options):
    return CardImporter(folder, removed=RemovedFiles(folder.parent / "removed"), **options)


def card(folder, stem, description, suffix=".json"):
    path = folder.parent / f"{stem}.json"
    path.write_text(json.dumps({"name": "Ada", "description": description}))
    if suffix == ".json":
        return path
    save_persona(PersonaLibrary().get(str(path)), path.with_suffix(suffix))
    return path.with_suffix(suffix)


@pytest.mark.parametrize("suffix", [".json", ".png"])
@pytest.mark.parametrize("replace", [False, True])
def test_two_imports_at_once_lose_no_card(folder, suffix, replace):
    one, two = importer(folder), importer(folder, replace=replace)
    assert one.take(card(folder, "first", "First.")).id == "ada"
    assert two.take(card(folder, "second", "Second.", suffix)).id == "ada-2"
    library = PersonaLibrary(folder)
    assert [library.get(name).description for name in ("ada", "ada-2")] == ["First.", "Second."]
    assert library.broken() == {}


def test_a_folder_that_is_a_file_is_told(folder):
    folder.touch()
    with pytest.raises(PersonaError, match="can't be written"):
        importer(folder).take(card(folder, "first", "First."))


def test_what_replaces_two_files_of_one_id_is_hidden_by_neither(folder):
    folder.mkdir()
    (folder / "Ada.json").write_text(json.dumps({"name": "Ada", "description": "Old."}))
    save_persona(PersonaLibrary().get(str(folder / "Ada.json")), folder / "ada.charx")
    taken = importer(folder, replace=True).take(card(folder, "new", "New."))
    assert (taken.id, taken.status) == ("ada", "replaced")
    assert PersonaLibrary(folder).get("ada").description == "New."
    assert PersonaLibrary(folder).broken() == {}


def test_files_whose_names_are_no_words_are_not_taken_for_each_other(folder):
    folder.mkdir()
    removed = RemovedFiles(folder.parent / "removed")
    for name in ("\N{GRINNING FACE}.json", "\N{SLIGHTLY SMILING FACE}.json"):
        (folder / name).write_text('{"name": "Ada"}')
    removed.take(folder / "\N{SLIGHTLY SMILING FACE}.json")
    removed.bring_back(removed.find("\N{SLIGHTLY SMILING FACE}"), folder)
    assert len(list(folder.iterdir())) == 2
