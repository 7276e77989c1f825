import io
import sys

from langgraph_roleplay.cli.terminal import Pipe


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
