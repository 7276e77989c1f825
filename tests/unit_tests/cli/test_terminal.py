import io
import sys

import pytest

from langgraph_roleplay.cli.terminal import Pipe, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\n\ttext 好", "plain\n\ttext 好"),
        ("\x1b]0;owned\x07red\x1b[31m", "]0;ownedred[31m"),
        ("a\rb\x00c\x9b", "abc"),
        ("half \ud83d", "half "),
    ],
)
def test_nothing_that_steers_a_terminal_is_shown(text, seen):
    assert visible(text) == seen


def test_a_pipe_reads_whatever_bytes_there_are(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9\r\nlast")))
    screen = Pipe()
    assert [screen.ask("Ada") for _ in range(3)] == ["caf\ufffd", "last", None]


def test_a_pipe_writes_replies_to_stdout_and_notices_to_stderr(capsys):
    screen = Pipe()
    with screen.reply("Alice") as write:
        write("Oh!")
        write(" Dear me.")
    screen.say("Alice", "greeting")
    screen.notice("a notice")
    assert tuple(capsys.readouterr()) == ("Oh! Dear me.\n", "a notice\n")


def test_a_reply_without_words_leaves_no_empty_line(capsys):
    with Pipe().reply("Alice"):
        pass
    assert capsys.readouterr().out == ""
