"""`roleplay memory export|import|backup|restore|migrate|reindex` on real folders with the real embedded embeddings."""

import asyncio
import json
import os
import pty
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from langgraph_roleplay import ScriptedEmbeddings
from langgraph_roleplay.cli.memory_moves import moves_app
from langgraph_roleplay.errors import MemoryUnavailable, RoleplayError, SettingsError
from langgraph_roleplay.memory import Memory, MemoryBank, Scope
from langgraph_roleplay.memory.keeping.letters import Letter
from langgraph_roleplay.memory.keeping.outbox import Outbox
from langgraph_roleplay.memory.moving.whole_file import FileError
from langgraph_roleplay.models import load_embeddings

KNOWN = {"speaker": "anna", "thread": "t1"}


@pytest.fixture(scope="module")
def embeddings():
    return load_embeddings("embedded:wordllama")


@pytest.fixture
def home(tmp_path, monkeypatch, embeddings):
    """A home with three memories."""
    for name in [name for name in os.environ if name.startswith(("ROLEPLAY_", "QDRANT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "home"))
    said = [("tea", "anna", "holmes"), ("milk", "anna", "watson"), ("喝茶", "bob", "holmes")]

    async def fill():
        bank = await MemoryBank.open(tmp_path / "home" / "memory", embeddings=embeddings)
        await bank.remember(Memory(text=text, user=user, character=who, **KNOWN) for text, user, who in said)
        await bank.close()

    asyncio.run(fill())
    return tmp_path / "home"


def invoke(*arguments, **options):
    return CliRunner().invoke(moves_app, [str(one) for one in arguments], **options)


def done(*arguments, **options):
    result = invoke(*arguments, **options)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result


def texts(path):
    return {json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()[1:]}


def test_what_was_exported_is_imported_elsewhere_and_only_once(home, tmp_path, monkeypatch):
    assert "Exported 3 memories." in done("export", tmp_path / "all.jsonl").stderr
    assert texts(tmp_path / "all.jsonl") == {"tea", "milk", "喝茶"}
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "elsewhere"))
    assert "Imported 3 memories" in done("import", tmp_path / "all.jsonl").stderr
    assert "Imported 0 memories" in done("import", tmp_path / "all.jsonl").stderr


def test_users_and_characters_are_chosen_on_the_way_out_and_in(home, tmp_path, monkeypatch):
    done("export", tmp_path / "anna.jsonl", "--user", "anna")
    assert texts(tmp_path / "anna.jsonl") == {"tea", "milk"}
    done("export", tmp_path / "watson.jsonl", "--user", "anna", "--character", "watson")
    assert texts(tmp_path / "watson.jsonl") == {"milk"}
    done("export", tmp_path / "all.jsonl")
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "elsewhere"))
    assert "Imported 1 memory that was not here" in done("import", tmp_path / "all.jsonl", "--user", "bob").stderr
    assert "Imported 1 memory" in done("import", tmp_path / "all.jsonl", "--character", "watson").stderr
    assert invoke("export", tmp_path / "x", "--character", "holmes").exit_code == 2


def test_a_pipe_carries_memories_and_nothing_else(home, tmp_path, monkeypatch):
    result = done("export", "-")
    header, *lines = map(json.loads, result.stdout_bytes.splitlines())
    assert (header["roleplay"], len(lines)) == ("memories", 3)
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "elsewhere"))
    assert "Imported 3 memories" in done("import", "-", input=result.stdout_bytes).stderr


def test_a_file_that_is_there_is_replaced_only_by_force(home, tmp_path):
    for command in ("export", "backup"):
        (tmp_path / command).write_text("photos")
        refused = invoke(command, tmp_path / command)
        assert isinstance(refused.exception, FileError)
        assert "there already" in str(refused.exception)
        assert "--force" in str(refused.exception)
        assert (tmp_path / command).read_text() == "photos"
        done(command, tmp_path / command, "--force")


def test_a_broken_file_makes_no_home(home, tmp_path, monkeypatch):
    (tmp_path / "broken.jsonl").write_text('{"roleplay": "memories", "schema": 2}\n{"text": "tea"}\n')
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "elsewhere"))
    for command in ("import", "restore"):
        refused = invoke(command, tmp_path / "broken.jsonl")
        assert isinstance(refused.exception, FileError)
        assert str(tmp_path / "broken.jsonl") in str(refused.exception)
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_to_export_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "elsewhere"))
    for arguments in (("export", tmp_path / "x"), ("backup", tmp_path / "x")):
        refused = invoke(*arguments)
        assert isinstance(refused.exception, MemoryUnavailable)
        assert str(tmp_path / "elsewhere") in str(refused.exception)
    assert not (tmp_path / "x").exists()


def test_a_backup_is_restored_once_and_merged_if_told(home, tmp_path, monkeypatch):
    assert "Backed up 3 memories" in done("backup", tmp_path / "memories.gz").stdout
    assert isinstance(invoke("restore", tmp_path / "memories.gz").exception, MemoryUnavailable)
    assert "Restored 0 memories" in done("restore", tmp_path / "memories.gz", "--merge").stdout
    monkeypatch.setenv("ROLEPLAY_HOME", str(tmp_path / "elsewhere"))
    assert "Restored 3 memories" in done("restore", tmp_path / "memories.gz").stdout
    done("export", tmp_path / "all.jsonl")
    assert texts(tmp_path / "all.jsonl") == {"tea", "milk", "喝茶"}


def test_a_bank_moves_into_another_folder(home, tmp_path):
    result = done("migrate", home / "memory", tmp_path / "moved")
    assert "Copied 3 memories" in result.stdout
    assert "Copied 0 memories" in done("migrate", home / "memory", tmp_path / "moved").stdout
    assert isinstance(invoke("migrate", home / "memory", f"{home}/./memory").exception, SettingsError)
    assert isinstance(invoke("migrate", tmp_path / "nothing", tmp_path / "moved").exception, MemoryUnavailable)
    assert not (tmp_path / "nothing").exists()


def test_a_folder_around_a_home_is_no_home_and_the_home_in_it_is_named(home, tmp_path):
    for arguments in ((home, tmp_path / "moved"), (tmp_path / "moved", home)):
        refused = invoke("migrate", *arguments)
        assert isinstance(refused.exception, SettingsError)
        assert str(refused.exception) == f"There are no memories in {home}; did you mean {home / 'memory'}?"
    assert not (tmp_path / "moved").exists()
    assert not (home / "memory.json").exists()


def test_a_home_of_another_embedding_takes_no_memories_and_both_embeddings_are_named(home, tmp_path):
    target = tmp_path / "other"

    async def make():
        bank = await MemoryBank.open(target, embeddings=ScriptedEmbeddings())
        await bank.close()

    asyncio.run(make())
    refused = invoke("migrate", home / "memory", target)
    assert isinstance(refused.exception, MemoryUnavailable)
    told = str(refused.exception)
    assert told.startswith(f"{home / 'memory'} was made with the embedding ")
    one, other = told.split(str(target))
    assert "wordllama" in one
    assert "64 dimensions" in other
    assert "roleplay memory reindex" in told
    assert "is set" not in told


def test_a_reindexed_bank_wants_the_new_embedding(home, tmp_path, monkeypatch, embeddings):
    from langgraph_roleplay.models import embeddings as loader

    class Other(type(embeddings)):
        model = "other"

        def embed_documents(self, texts):
            return [vector[:64] for vector in super().embed_documents(texts)]

        def embed_query(self, text):
            return super().embed_query(text)[:64]

        async def aembed_documents(self, texts):
            return self.embed_documents(texts)

        async def aembed_query(self, text):
            return self.embed_query(text)

    monkeypatch.setattr(loader, "_load_remote", lambda spec, timeout: Other())
    result = done("reindex", "--embeddings", "other:other")
    assert "3 memories have vectors of other:other now; 3 were embedded" in result.stdout
    assert "export ROLEPLAY_EMBEDDINGS=other:other" in result.stdout
    assert "; 0 were embedded" in done("reindex", "--embeddings", "other:other").stdout
    done("export", tmp_path / "all.jsonl")
    refused = invoke("import", tmp_path / "all.jsonl")
    assert isinstance(refused.exception, MemoryUnavailable)
    assert "reindex" in str(refused.exception)
    monkeypatch.setenv("ROLEPLAY_EMBEDDINGS", "other:other")
    assert "Imported 0" in done("import", tmp_path / "all.jsonl").stderr


def test_what_waits_in_the_outbox_is_told_to_be_missing_from_a_copy(home, tmp_path):
    letter = Letter(
        scope=Scope(character="holmes", user="anna", thread="t1", branch=()),
        turn=1,
        memories=(Memory(text="late", user="anna", character="holmes", **KNOWN),),
    )
    asyncio.run(Outbox(home / "outbox", location=str(home / "memory")).put(letter))
    for arguments in (
        ("export", tmp_path / "all.jsonl"),
        ("backup", tmp_path / "memories.gz"),
        ("migrate", home / "memory", tmp_path / "moved"),
    ):
        assert "outbox (1)" in done(*arguments).stderr
    assert "outbox" not in done("migrate", tmp_path / "moved", tmp_path / "again").stderr


def test_a_model_that_fails_is_one_line(home, monkeypatch):
    from langgraph_roleplay.models import embeddings as loader

    def unreachable(*_, **__):
        raise ConnectionError("refused")

    monkeypatch.setattr(loader, "_load_remote", unreachable)
    refused = invoke("reindex", "--embeddings", "other:other")
    assert isinstance(refused.exception, RoleplayError)
    assert "embedding model failed (refused)" in str(refused.exception)


def test_the_bar_is_on_a_terminal_alone(home, tmp_path):
    program = "import sys; from langgraph_roleplay.cli.memory_moves import moves_app; moves_app()"
    command = [sys.executable, "-c", program, "export", "-"]
    leader, follower = pty.openpty()
    shown = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=follower, check=True, env=os.environ | {"TERM": "xterm"}
    )
    os.close(follower)
    assert b"exporting" in os.read(leader, 65536)
    os.close(leader)
    assert b"exporting" not in shown.stdout
    piped = subprocess.run(command, capture_output=True, check=True)
    assert piped.stderr == b"Exported 3 memories.\n"
