"""A home into one file and back."""

import gzip
import json
import os
import stat
import uuid
import zlib

import pytest

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.memory.moving.all_users import everything
from langgraph_roleplay.memory.moving.backup import back_up, check_backup, restore_backup
from langgraph_roleplay.memory.moving.whole_file import FileError

LAST = str(uuid.UUID(int=2**128 - 1))
"""Id of the memory without a dense vector, so that it isn't the one whose line is damaged below."""


@pytest.fixture
async def other(embeddings):
    bank = await MemoryBank.open(":memory:", embeddings=embeddings)
    yield bank
    await bank.close()


@pytest.fixture
async def full(bank, memory, scope):
    """A bank with what a memory can become."""
    one, two = memory("she lives in Bath", message_id="m1"), memory("my name is Bob", user="bob", metadata={"a": [1.5]})
    await bank.remember([one, two, memory("喝了绿茶 😀 \0"), memory("…", secrecy="secret", story_time=-3.5, id=LAST)])
    await bank.remember([memory("she lives in York", supersedes=(one.id,), evidence=(one.id,))])
    await bank.retract(scope, message_ids=["m1"])
    return bank


async def test_a_restored_home_is_the_one_that_was_backed_up(full, other, tmp_path, contents):
    told = []
    path = tmp_path / "memories.gz"
    assert await back_up(full.home, path, progress=lambda *now: told.append(now)) == 5
    assert told == [(4, 5), (5, 5)]
    backup = await check_backup(path)
    assert (backup.memories, backup.header.fingerprint) == (5, full.home.fingerprint)
    assert await restore_backup(other.home, backup, progress=lambda *now: told.append(now)) == 5
    assert told[-1] == (5, 5)
    assert await contents(other.home) == await contents(full.home)


async def test_the_same_memories_give_the_same_file_for_its_owner_alone(full, tmp_path):
    for name in ("one", "two"):
        await back_up(full.home, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["one", "two"]


async def test_a_file_that_is_there_is_replaced_only_if_told(full, tmp_path):
    path = tmp_path / "memories.gz"
    path.write_text("photos")
    with pytest.raises(FileError, match="there already"):
        await back_up(full.home, path)
    assert path.read_text() == "photos"
    assert await back_up(full.home, path, replace=True) == 5


async def test_a_home_with_memories_is_only_added_to_if_told_and_what_it_has_stays(
    full, memory, other, tmp_path, contents
):
    await back_up(full.home, tmp_path / "memories.gz")
    backup = await check_backup(tmp_path / "memories.gz")
    first = next(iter(await contents(full.home)))
    await other.remember([memory("edited since", id=first), memory("mine")])
    with pytest.raises(MemoryUnavailable, match=r"holds 2 memories.*--merge"):
        await restore_backup(other.home, backup)
    assert await other.home.count(everything()) == 2
    assert await restore_backup(other.home, backup, merge=True) == 4
    assert await restore_backup(other.home, backup, merge=True) == 0
    texts = {known: payload["text"] for known, (payload, _) in (await contents(other.home)).items()}
    assert (len(texts), texts[first]) == (6, "edited since")


async def test_a_home_of_another_embedding_is_refused(full, embeddings, tmp_path):
    await back_up(full.home, tmp_path / "memories.gz")
    other = await MemoryBank.open(":memory:", embeddings=type(embeddings)(model="other"))
    with pytest.raises(MemoryUnavailable, match=r"bag-of-words \(64.*other \(64.*roleplay memory reindex"):
        await restore_backup(other.home, await check_backup(tmp_path / "memories.gz"))
    await other.close()


async def test_no_flipped_or_missing_byte_gets_past_the_check(full, tmp_path):
    path = tmp_path / "memories.gz"
    await back_up(full.home, path)
    whole, lines = path.read_bytes(), gzip.decompress(path.read_bytes())
    assert await check_backup(path)
    for place in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[place] ^= 0x10
        for damaged in (bytes(flipped), whole[:place]):
            if _unpacked(damaged) == lines:  # the time in gzip's header, a bit that fills up a byte: nothing of ours
                continue
            path.write_bytes(damaged)
            with pytest.raises(FileError) as refused:
                await check_backup(path)
            assert str(path) in str(refused.value)


def _unpacked(packed):
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error):
        return None


def lines_of(path):
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def without_a_memory(lines):
    return [*lines[:2], *lines[3:]]


def with_a_changed_word(lines):
    return [one.replace(b"York", b"Hull") for one in lines]


def with_a_memory_twice(lines):
    return [*lines[:2], *lines[1:]]


def with_a_broken_line(lines):
    return [lines[0], lines[1].replace(b":", b"*", 1), *lines[2:]]


def with_something_after_the_end(lines):
    return [*lines, lines[1]]


def with_a_short_vector(lines):
    return _with_dense(lines, lambda text: text[8:])  # 6 bytes


def with_a_vector_of_another_length(lines):
    return _with_dense(lines, lambda text: text[16:])  # 12 bytes


def with_no_number_in_a_vector(lines):
    return _with_dense(lines, lambda text: "AADAfwAA" + text[8:])


def with_an_unpacked_vector(lines):
    return _with_dense(lines, lambda text: [0.5] * 64)


def _with_dense(lines, change):
    fields = json.loads(lines[1])
    fields["vectors"]["dense"] = change(fields["vectors"]["dense"])
    return [lines[0], json.dumps(fields).encode() + b"\n", *lines[2:]]


def with_a_crooked_bm25(lines):
    fields = json.loads(lines[1])
    fields["vectors"]["bm25"] = {"indices": [1, 1], "values": [1.0, 2.0]}
    return [lines[0], json.dumps(fields).encode() + b"\n", *lines[2:]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_a_memory, "doesn't hold"),
        (with_a_changed_word, "doesn't hold"),
        (with_a_broken_line, r"memories\.gz is damaged: line 2: no JSON"),
        (with_a_memory_twice, r"memories\.gz is damaged: line 3, field id"),
        (with_something_after_the_end, "doesn't hold"),
        (lambda lines: lines[:-1], "end is missing"),
        (with_a_short_vector, r"line 2, field vectors\.dense"),
        (with_a_vector_of_another_length, r"line 2, field vectors\.dense: 61 numbers instead of 64"),
        (with_no_number_in_a_vector, r"line 2, field vectors\.dense\.0: Input should be a finite number"),
        (with_an_unpacked_vector, r"line 2, field vectors\.dense: .*base64"),
        (with_a_crooked_bm25, "line 2, field vectors.bm25"),
    ],
)
async def test_a_backup_that_was_changed_is_refused(full, tmp_path, change, said):
    path = tmp_path / "memories.gz"
    await back_up(full.home, path)
    path.write_bytes(gzip.compress(b"".join(change(lines_of(path)))))
    with pytest.raises(FileError, match=said):
        await check_backup(path)


async def test_what_is_no_backup_is_told_apart(full, tmp_path):
    await full.export(tmp_path / "bank.jsonl")
    with pytest.raises(FileError, match="roleplay memory import"):
        await check_backup(tmp_path / "bank.jsonl")
    for name, content in {
        "photo": b"\x89PNG\r\n",
        "empty": b"",
        "packed": gzip.compress(b"tea"),
        "zlib": zlib.compress(b""),
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileError, match=name):
            await check_backup(tmp_path / name)
    with pytest.raises(FileError, match="No such file"):
        await check_backup(tmp_path / "nothing")
