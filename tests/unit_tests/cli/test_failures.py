import errno
import sqlite3

import pytest

from langgraph_roleplay.cli.failures import reported
from langgraph_roleplay.errors import PersonaError


def test_an_error_for_people_is_said_as_it_is():
    told = []
    with reported(told.append):
        raise PersonaError("No persona 'x'.")
    assert told == ["No persona 'x'."]


def test_an_unforeseen_error_is_one_line_that_names_a_file_with_the_traceback(tmp_path, monkeypatch):
    monkeypatch.setattr("langgraph_roleplay.cli.failures.read_settings", lambda: _settings(tmp_path))
    told = []
    with reported(told.append):
        raise ZeroDivisionError("oh")
    log = next((tmp_path / "logs").iterdir())
    assert str(log) in told[0]
    assert "\n" not in told[0]
    assert "ZeroDivisionError: oh" in log.read_text(encoding="utf-8")


def test_a_log_is_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("langgraph_roleplay.cli.failures.read_settings", lambda: _settings(tmp_path / "home"))
    with reported(print):
        raise ZeroDivisionError
    log = next((tmp_path / "home" / "logs").iterdir())
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "home", log.parent, log)] == [0o700, 0o700, 0o600]


def test_a_locked_file_of_conversations_is_explained():
    told = []
    with reported(told.append):
        raise sqlite3.OperationalError("database is locked")
    assert "database is locked" in told[0]


def test_a_full_disk_is_said_and_not_reported_as_our_fault():
    told = []
    with reported(told.append):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert told == ["What was to be written found no place: No space left on device."]


def test_a_reader_that_went_away_is_not_reported():
    with pytest.raises(BrokenPipeError), reported(print):
        raise BrokenPipeError


def _settings(home):
    from langgraph_roleplay.settings import Settings

    return Settings(home=home)
