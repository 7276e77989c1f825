import io
from pathlib import Path

import pytest

from langgraph_roleplay import Settings
from langgraph_roleplay.cli.chat import _pass_on, hold_chat
from langgraph_roleplay.cli.opening import Wishes, decide_opening
from langgraph_roleplay.cli.start import start_chat
from langgraph_roleplay.cli.terminal import Pipe


class Lines(Pipe):
    """A pipe whose lines are given and whose notices are kept."""

    def __init__(self, *lines):
        super().__init__()
        self.lines, self.notices = list(lines), []

    def ask(self, name):
        return self.lines.pop(0) if self.lines else None

    def notice(self, text):
        self.notices.append(text)


def test_an_export_without_a_name_says_the_whole_path_of_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=tmp_path / "home", model="openai:none")
    opening = decide_opening(Wishes(persona="alice", thread="tea"), settings=settings)
    screen = Lines("/export")
    assert hold_chat(opening, screen=screen, settings=settings)
    assert screen.notices == [f"Written to {tmp_path / 'tea.md'}"]
    assert Path("tea.md").is_file()


def test_personas_that_are_in_no_folder_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path))
    monkeypatch.setenv("ROLEPLAY_MODEL", "openai:none")
    monkeypatch.setenv("ROLEPLAY_PERSONAS", str(tmp_path / "none"))
    screen = Lines()
    monkeypatch.setattr("langgraph_roleplay.cli.start.choose_screen", lambda: screen)
    assert start_chat(Wishes())
    assert [line for line in screen.notices if "ROLEPLAY_PERSONAS" in line]


def test_a_pipe_is_told_that_a_thread_it_asked_for_begins_now(tmp_path, monkeypatch):
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path))
    monkeypatch.setenv("ROLEPLAY_MODEL", "openai:none")
    screen = Lines()
    monkeypatch.setattr("langgraph_roleplay.cli.start.choose_screen", lambda: screen)
    monkeypatch.setattr("langgraph_roleplay.cli.start.hold_chat", lambda *_, **__: True)
    start_chat(Wishes())
    assert screen.notices == []
    start_chat(Wishes(thread="nope"))
    assert screen.notices == ["There is no thread nope yet: it begins now."]


@pytest.mark.parametrize(("parts", "shown"), [(["  Go", " on."], "Go on."), ([" ", " Go"], "Go")])
async def test_a_reply_is_shown_without_what_joins_it_to_the_one_before(parts, shown):
    async def given():
        for part in parts:
            yield part

    written = io.StringIO()
    await _pass_on(given(), written.write)
    assert written.getvalue() == shown
