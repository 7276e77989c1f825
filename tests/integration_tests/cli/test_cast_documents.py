"""`roleplay cast attach|documents|detach|search` on a real home: Edge and wordllama."""

import json

import pytest

from langgraph_roleplay.cli import main

STORY = "The wreck below the cliffs holds a chest of silver coins that nobody has dared to touch. " * 6
BOOK = f"Chapter 1\n\nThe keeper lit his lamp. {STORY}\n\nChapter 2\n\nThe keeper himself sank the ship."


@pytest.fixture
def roleplay(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "home"))
    for name in ("QDRANT_URL", "ROLEPLAY_PERSONAS", "ROLEPLAY_EMBEDDINGS"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        monkeypatch.setattr("sys.argv", ["roleplay", *map(str, words)])
        try:
            code = main() or 0
        except SystemExit as left:
            code = left.code or 0
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "light.txt"
    path.write_text(BOOK, encoding="utf-8")
    return path


def test_a_document_is_attached_listed_detached_and_attached_again(roleplay, book, tmp_path):
    code, out, _ = roleplay("cast", "attach", "Captain Nemo", book)
    assert (code, out) == (0, "Attached light.txt (light-txt): 2 passages from 2 chapters, behind Captain Nemo.\n")
    assert roleplay("cast", "attach", "captain-nemo", book)[1].startswith("Nothing new in light.txt")
    assert json.loads(roleplay("cast", "documents", "captain-nemo", "--json")[1])[0]["id"] == "light-txt"
    assert roleplay("cast", "detach", "captain-nemo", "light.txt")[0] == 0
    code, out, err = roleplay("cast", "documents", "captain-nemo")
    assert (code, out) == (0, "")
    assert "roleplay cast attach captain-nemo FILE" in err
    assert roleplay("cast", "attach", "captain-nemo", book)[1].startswith("Attached")
    assert roleplay("memory", "stats")[0] == 0
    assert "light" not in roleplay("memory", "export", "-")[1]


def test_what_cannot_be_read_is_one_line_and_the_rest_is_attached(roleplay, book, tmp_path):
    code, out, err = roleplay("cast", "attach", "alice", tmp_path / "nowhere.txt", book, tmp_path)
    assert code == 1
    assert out.startswith("Attached light.txt")
    assert len(err.splitlines()) == 2
    assert "Traceback" not in err


def test_a_name_that_would_steer_the_terminal_is_told_without_it(roleplay, book, tmp_path, monkeypatch):
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "nemo.json").write_text(json.dumps({"name": "Ne\x1b[2Jmo", "description": "A captain."}))
    monkeypatch.setenv("ROLEPLAY_PERSONAS", str(tmp_path / "cards"))
    for words in (("attach", "nemo", book), ("detach", "nemo", "light.txt"), ("documents", "nemo")):
        code, out, err = roleplay("cast", *words)
        assert code == 0
        assert out + err
        assert "\x1b" not in out + err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cast", "attach", "nobody-at-all", "x.txt"), "No persona"),
        (("cast", "detach", "alice", "x"), "nothing is attached"),
        (("cast", "attach", "alice", "x.txt", "--story-time", "1", "--no-story-time"), "exclude each other"),
    ],
)
def test_a_wish_that_makes_no_sense_is_explained_and_makes_no_library(roleplay, tmp_path, words, said):
    code, _, err = roleplay(*words)
    assert code != 0
    assert said in " ".join(err.split())
    assert not (tmp_path / "home" / "library").exists()


def test_the_cast_is_found_by_what_it_is(roleplay):
    code, out, _ = roleplay("cast", "search", "a sailor who hates the sea")
    assert code == 0
    assert out.splitlines()[0].startswith("captain-nemo\tCaptain Nemo\t")
    assert (
        json.loads(roleplay("cast", "search", "a detective with a violin", "--json")[1])[0]["id"] == "sherlock-holmes"
    )


def test_a_search_that_finds_nobody_ends_with_1(roleplay):
    code, out, err = roleplay("cast", "search", "xqzt")
    assert (code, out) == (1, "")
    assert "Nobody fits" in err
