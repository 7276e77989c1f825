import json

import pytest
from typer.testing import CliRunner

from langgraph_roleplay.cli import main
from langgraph_roleplay.cli.app import app


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def roleplay(monkeypatch, capsys):
    """Run `roleplay user …` as a shell does: exit code, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["roleplay", "user", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        out = capsys.readouterr()
        return left.value.code or 0, out.out, out.err

    return run


def test_who_was_added_is_listed_and_shown(roleplay):
    code, told, _ = roleplay("add", "Ada", "--description", "A sailor who fears water.")
    assert code == 0
    assert "kept as ada" in told
    assert roleplay("list")[1] == "ada\tAda\tA sailor who fears water.\n"
    shown = roleplay("show", "Ada")[1]
    assert "Ada (ada)\nA sailor who fears water." in shown
    assert "chat --as ada" in shown


def test_programs_get_json(roleplay):
    roleplay("add", "孙悟空", "--description", "猴王")
    user = {"id": "孙悟空", "name": "孙悟空", "description": "猴王"}
    assert json.loads(roleplay("list", "--json")[1]) == [user]
    assert json.loads(roleplay("show", "孙悟空", "--json")[1]) == user


def test_a_description_comes_from_a_file_or_from_stdin(roleplay, tmp_path):
    file = tmp_path / "me.txt"
    file.write_bytes("\ufeffA sailor.\n".encode())
    roleplay("add", "Ada", "--file", str(file))
    assert roleplay("list")[1] == "ada\tAda\tA sailor.\n"
    piped = CliRunner().invoke(app, ["user", "edit", "ada", "--file", "-"], input="A queen.\n")
    assert piped.exit_code == 0
    assert roleplay("list")[1] == "ada\tAda\tA queen.\n"


def test_an_edit_changes_what_is_named(roleplay):
    roleplay("add", "Ada", "--description", "A sailor.")
    assert roleplay("edit", "ada", "--name", "Ada of Hull")[0] == 0
    assert roleplay("list")[1] == "ada\tAda of Hull\tA sailor.\n"
    code, _, said = roleplay("edit", "ada")
    assert code == 2
    assert "--name, --description or --file" in said


def test_what_was_removed_comes_back_unless_it_was_for_good(roleplay):
    roleplay("add", "Ada")
    assert "user restore ada" in roleplay("remove", "ada")[1]
    assert roleplay("restore")[1] == "ada\n"
    assert "is back" in roleplay("restore", "ada")[1]
    code, _, said = roleplay("remove", "ada", "--for-good")
    assert (code, "--yes" in said) == (2, True)
    assert roleplay("remove", "ada", "--for-good", "--yes")[0] == 0
    assert roleplay("restore", "ada")[0] == 1


def test_an_import_keeps_what_it_can_and_says_what_it_cannot(roleplay, tmp_path):
    file = tmp_path / "personas.json"
    export = {
        "personas": {"a.png": "Ada", "b.png": ""},
        "persona_descriptions": {"a.png": {"description": "A sailor."}},
    }
    file.write_text(json.dumps(export))
    code, told, said = roleplay("import", str(file))
    assert (code, told) == (1, "Ada is kept as ada\n")
    assert said.startswith("left out: ")
    assert "somebody without a name" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "ada"), "None of you is called 'ada'"),
        (("add", "Ada", "--file", "nowhere.txt"), "nowhere.txt can't be read"),
        (("add", ""), "without a name"),
        (("import", "nowhere.json"), "nowhere.json can't be read"),
        (("restore", "ada"), "Nobody was removed"),
    ],
)
def test_what_goes_wrong_is_one_line_and_exit_code_1(roleplay, arguments, said):
    code, told, line = roleplay(*arguments)
    assert (code, told, line.count("\n")) == (1, "", 1)
    assert line.startswith("roleplay: ")
    assert said in line


def test_a_name_cannot_steer_the_terminal(roleplay, home):
    (home / "users").mkdir(parents=True)
    (home / "users" / "ada.json").write_text('{"name": "Ada", "description": "\\u001b[2Jred"}')
    assert "\x1b[2J" not in roleplay("show", "ada")[1]


def test_where_there_is_nobody_a_hint_says_how_to_begin(roleplay):
    code, told, said = roleplay("list")
    assert (code, told) == (0, "")
    assert "user add NAME" in said
