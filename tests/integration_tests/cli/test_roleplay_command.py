"""The real command with the real embedded model, through a pipe and on a terminal of its own."""

import contextlib
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROLEPLAY = str(Path(sys.executable).with_name("roleplay"))
SECONDS = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory, weights_settings):
    """A new home that shares nothing but the weights."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "weights").symlink_to(weights_settings.weights)
    return folder


@pytest.fixture(scope="module")
def environ(home):
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ROLEPLAY_", "QDRANT_"))}
    return plain | {"ROLEPLAY_HOME": str(home), "TERM": "xterm", "COLUMNS": "80", "LINES": "40"}


def pipe(environ, *arguments, lines=b""):
    done = subprocess.run(
        [ROLEPLAY, *arguments], input=lines, capture_output=True, env=environ, timeout=SECONDS, check=False
    )
    assert b"Traceback" not in done.stdout + done.stderr
    return done


class Window:
    """The command on a pseudo-terminal."""

    def __init__(self, environ, *arguments):
        self.unread = b""
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            os.execve(ROLEPLAY, [ROLEPLAY, *arguments], environ)

    def type(self, text):
        os.write(self.end, text.encode())

    def read_until(self, words):
        """What was shown up to `words`, without colours; the rest is left for the next time."""
        deadline = time.monotonic() + SECONDS
        while words.encode() not in self.unread:
            if not select.select([self.end], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{words!r} was never shown; shown was {self.unread!r}")
            self.unread += os.read(self.end, 65536)
        shown, found, self.unread = self.unread.partition(words.encode())
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", (shown + found).decode(errors="replace")).replace("\r", "")

    def leave(self):
        self.type("\x04")
        shown = self.unread
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while chunk := os.read(self.end, 65536):
                shown += chunk
        return shown.decode(errors="replace"), os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_a_pipe_gets_one_reply_a_line_and_nothing_else(environ):
    done = pipe(environ, "chat", "sherlock-holmes", lines=b"Who are you?\n\n/why\n")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) >= 1
    for noise in (b"\x1b", b"thinking", b"Plan", b"135M", b"Thread"):
        assert noise not in done.stdout
    assert b"Plan" in done.stderr


def test_odd_bytes_and_an_unknown_command_neither_crash_nor_end_a_pipe(environ):
    done = pipe(environ, "chat", "alice", lines=b"caf\xe9 \xff\x00 \x1b[31m\n/swip\n" + b"tea " * 50_000 + b"\n")
    assert done.returncode == 1
    assert b"did you mean /swipe" in done.stderr
    assert len(done.stdout.splitlines()) >= 2


def test_a_reader_that_leaves_early_is_met_with_silence(environ):
    command = f"printf 'One.\\nTwo.\\n' | {ROLEPLAY} chat alice | head -c 3"
    done = subprocess.run(["bash", "-c", command], capture_output=True, env=environ, timeout=SECONDS, check=False)
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("streams", "code", "words"),
    [
        ("<&-", 0, b""),
        ("</dev/null >&-", 1, b"stdout is closed"),
        ("<<<hi >/dev/full", 1, b"No space left"),
    ],
)
def test_closed_and_full_streams_are_met_with_one_line_at_most(environ, streams, code, words):
    command = ["bash", "-c", f"{ROLEPLAY} chat alice {streams}"]
    done = subprocess.run(command, stderr=subprocess.PIPE, env=environ, timeout=SECONDS, check=False)
    assert done.returncode == code
    assert words in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def test_the_first_words_survive_ctrl_c_while_everything_still_loads(environ):
    window = Window(environ, "chat", "alice", "--thread", "early", "--name", "Ada")
    window.read_until("Ada> ")
    window.type("Where is your cat?\n")
    time.sleep(0.3)
    window.type("\x03")
    window.read_until("Ada> ")
    assert "chat --thread early" in window.leave()[0]
    again = Window(environ, "chat", "--thread", "early")
    shown = again.read_until("Ada> ")
    assert "Where is your cat?" in shown
    assert "no reply yet" in shown
    time.sleep(0.3)  # see below
    again.type("/swipe\n")
    assert "Alice: " in again.read_until("Ada> ")
    assert again.leave()[1] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["chat", "sherlok-holmes"], 1, "did you mean sherlock-holmes"),
        (["chat", "--model", "gpt"], 1, "provider:model"),
        (["chat", "--model", "embedded:/no/such.gguf"], 1, "/no/such.gguf"),
        (["chat", "--recall-size", "99"], 2, "--recall-size"),
        (["chat", "--thinking", "hard"], 2, "--thinking"),
        (["chat", "--greeting", "99"], 2, "greetings"),
        (["chat", "--no-such"], 2, "--no-such"),
        (["cast", "show", "alise"], 1, "did you mean alice"),
        (["models", "remove", "nothing"], 1, "nothing"),
        (["models", "pull", "no source"], 1, "no source"),
    ],
)
def test_a_wrong_word_is_one_clear_line(environ, arguments, code, words):
    done = pipe(environ, *arguments, lines=b"Hello\n")
    assert done.returncode == code
    assert words in done.stderr.decode()
    assert done.stdout == b""


def test_a_wrong_variable_is_named(environ):
    done = pipe(environ | {"ROLEPLAY_MODEL_TIMEOUT": "soon"}, "chat")
    assert done.returncode == 1
    assert b"ROLEPLAY_MODEL_TIMEOUT" in done.stderr


def test_a_broken_card_names_file_and_field(environ, tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps({"spec": "chara_card_v3", "data": {"name": ["x"]}}), encoding="utf-8")
    done = pipe(environ, "chat", str(tmp_path / "bad.json"))
    assert done.returncode == 1
    assert b"bad.json" in done.stderr
    assert b"name" in done.stderr


def test_a_damaged_file_of_conversations_is_explained(environ, tmp_path, home):
    (tmp_path / "weights").symlink_to(home / "weights")
    (tmp_path / "threads.sqlite").write_bytes(b"not a database at all" * 100)
    done = pipe(environ | {"ROLEPLAY_HOME": str(tmp_path)}, "chat", lines=b"Hello\n")
    assert done.returncode == 1
    assert b"threads.sqlite" in done.stderr


def test_a_thread_is_resumed_with_its_persona_and_belongs_to_it(environ):
    begun = pipe(environ, "chat", "captain-nemo", "--thread", "voyage", "--name", "Ada", lines=b"Where do we sail?\n")
    assert begun.returncode == 0
    resumed = pipe(environ, "chat", "--thread", "voyage", lines=b"/export " + b"-" * 3 + b".txt\n/why\n")
    assert b"Captain Nemo" in resumed.stderr
    other = pipe(environ, "chat", "alice", "--thread", "voyage", lines=b"Hello\n")
    assert other.returncode == 1
    assert b"belongs to captain-nemo" in other.stderr
    assert b"voyage\tcaptain-nemo" in pipe(environ, "threads").stdout


def test_doctor_finds_a_working_home_and_tells_programs_so(environ):
    done = pipe(environ, "doctor", "--json")
    status = {check["name"]: check["status"] for check in json.loads(done.stdout)}
    assert done.returncode == 0
    assert {status[name] for name in ("home", "embeddings", "memory", "personas", "threads")} == {"ok"}


def test_doctor_fails_and_names_the_fix_when_the_model_has_no_key(environ):
    without = {name: value for name, value in environ.items() if name != "OPENAI_API_KEY"}
    done = pipe(without | {"ROLEPLAY_MODEL": "openai:any"}, "doctor")
    assert done.returncode == 1
    assert b"OPENAI_API_KEY" in done.stdout


@pytest.mark.parametrize(
    "command", [(), ("chat",), ("cast",), ("cast", "show"), ("models", "pull"), ("doctor",), ("threads",)]
)
def test_every_command_explains_itself(environ, command):
    done = pipe(environ, *command, "--help")
    assert done.returncode == 0
    assert b"Usage: roleplay" in done.stdout


def test_on_a_terminal_a_reply_can_be_stopped_and_the_conversation_resumed(environ):
    window = Window(environ, "chat", "alice", "--thread", "tea", "--name", "Ada")
    opening = window.read_until("Ada> ")
    assert "135M" in opening
    assert "Alice: " in opening
    window.type("Tell me a long story about your cat.\n")
    window.read_until("Alice: ")
    window.type("\x03")
    window.read_until("Ada> ")
    window.type("/why\n")
    assert "Plan" in window.read_until("Ada> ")
    time.sleep(0.3)  # readline misses a Ctrl-C that comes between its prompt and its wait for keys
    window.type("\x03")
    assert "Ctrl-D" in window.read_until("Ada> ")
    farewell, code = window.leave()
    assert code == 0
    assert "roleplay chat --thread tea" in farewell
    again = Window(environ, "chat", "--thread", "tea")
    assert "long story about your cat" in again.read_until("Ada> ")
    assert again.leave()[1] == 0


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_plain_terminals_get_no_colours(environ, extra):
    window = Window(environ | extra, "chat", "alice")
    shown = b""
    while b"Visitor> " not in shown:
        shown += os.read(window.end, 65536)
    assert not re.search(rb"\x1b\[[0-9;]*3[0-9]m", shown)
    assert window.leave()[1] == 0
