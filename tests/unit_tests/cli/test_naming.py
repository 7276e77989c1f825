import sys

import pytest

from langgraph_roleplay.cli.naming import typeable


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The command in a folder that is not on the PATH."""
    path = tmp_path / "here" / "roleplay"
    path.parent.mkdir()
    path.touch(mode=0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [str(path)])
    return path


def test_a_hint_names_the_running_script_where_the_shell_finds_none(script, tmp_path, monkeypatch):
    monkeypatch.chdir(script.parent.parent)
    assert typeable("run `roleplay doctor` now") == "run `here/roleplay doctor` now"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert typeable("roleplay chat --thread a") == f"{script} chat --thread a"


def test_a_command_on_the_path_and_other_words_are_left_alone(script, monkeypatch):
    assert typeable("a roleplay about langgraph-roleplay chat") == "a roleplay about langgraph-roleplay chat"
    monkeypatch.setenv("PATH", str(script.parent))
    assert typeable("`roleplay doctor`") == "`roleplay doctor`"
