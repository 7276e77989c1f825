import pytest
from typer.testing import CliRunner

from langgraph_roleplay.cli.app import app
from langgraph_roleplay.errors import SettingsError


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "home"))


def test_an_unknown_suite_is_told_before_anything_is_pulled(tmp_path):
    result = CliRunner().invoke(app, ["eval", "run", "conversations"])
    assert isinstance(result.exception, SettingsError)
    assert "there is: conversation." in str(result.exception)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("wrong", [["eval", "run"], ["eval", "run", "conversation", "--limit", "0"]])
def test_wrong_usage_is_told_as_such(wrong):
    assert CliRunner().invoke(app, wrong).exit_code == 2
