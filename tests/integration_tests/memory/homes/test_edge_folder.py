"""A real Edge folder with its real owner process."""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank


def owners(folder):
    """Process ids of the owners of `folder`."""
    found = subprocess.run(["pgrep", "-f", f"edge_owner.py {folder} "], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def contents(folder):
    """Size and time of last change of every file."""
    files = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (status.st_size, status.st_mtime_ns) for path, status in files.items()}


async def gone(folder):
    """Wait until the folder has no owner."""
    deadline = time.monotonic() + 10
    while owners(folder):
        assert time.monotonic() < deadline, "the owner stays"
        await asyncio.sleep(0.05)


async def test_what_was_kept_is_there_after_the_owner_left(open_bank, tmp_path, memory, scope):
    bank = await open_bank()
    said = memory("My name is Anna, nul \0 and 😀.", turn=3, metadata={"a": [1, None]}, message_id="m1")
    await bank.remember([said])
    await bank.close()
    await gone(tmp_path / "memory")
    [hit] = await (await open_bank()).recall("What is my name?", scope=scope)
    assert hit.memory == said


async def test_the_folder_and_what_it_lies_in_are_for_their_owner_alone(open_bank, tmp_path, memory):
    await (await open_bank(folder=tmp_path / "home" / "memory")).remember([memory("I like tea")])
    made = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
    assert [path for path in made if path.stat().st_mode & 0o077] == []


async def test_two_clients_share_one_owner_and_see_each_other(open_bank, tmp_path, memory, scope):
    one, other = await asyncio.gather(open_bank(), open_bank())
    await one.remember([memory("I like tea")])
    assert await other.count(scope) == 1
    assert len(owners(tmp_path / "memory")) == 1


async def test_another_process_shares_the_folder(open_bank, tmp_path, memory, scope):
    bank = await open_bank()
    program = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from conftest import BagOfWords
from langgraph_roleplay.memory import Memory, MemoryBank
async def main():
    bank = await MemoryBank.open({str(tmp_path / "memory")!r}, embeddings=BagOfWords())
    await bank.remember([Memory(text="I like tea", speaker="anna", character="holmes", user="anna", thread="t2")])
    await bank.close()
asyncio.run(main())
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert await bank.count(scope) == 1


async def test_nothing_acknowledged_is_lost_when_the_owner_is_killed(open_bank, tmp_path, memory, scope):
    bank = await open_bank()
    acknowledged = []

    async def write():
        for number in range(120):
            kept = memory(f"Tea number {number}")
            try:
                acknowledged.extend(await bank.remember([kept]))
            except MemoryUnavailable:  # two owners in a row were killed at this one: said, not lost
                acknowledged.extend(await bank.remember([kept]))

    async def kill():
        for _ in range(4):
            await asyncio.sleep(0.1)
            for owner in owners(tmp_path / "memory"):
                os.kill(owner, signal.SIGKILL)

    await asyncio.gather(write(), kill())
    assert len(acknowledged) == 120
    assert len(await bank.fetch(acknowledged, scope=scope)) == 120
    assert await bank.count(scope) == 120


async def test_a_cancelled_call_leaves_the_bank_in_step(open_bank, memory, scope):
    bank = await open_bank()
    await bank.remember([memory(f"Tea number {number}") for number in range(50)])
    for delay in (0.0, 0.0005, 0.001, 0.002, 0.004):
        recall = asyncio.create_task(bank.recall("tea", scope=scope))
        await asyncio.sleep(delay)
        recall.cancel()
        await asyncio.gather(recall, return_exceptions=True)
        assert await bank.count(scope) == 50


async def test_many_conversations_share_a_folder_without_cross_talk(open_bank, memory, scope):
    banks = [await open_bank() for _ in range(4)]

    async def converse(number):
        bank, mine = banks[number % 4], scope.model_copy(update={"user": f"user-{number}"})
        for turn in range(5):
            await bank.remember([memory(f"Tea {turn}", user=mine.user, turn=turn)])
        hits = await bank.recall("tea", scope=mine, k=50)
        assert [hit.memory.user for hit in hits] == [mine.user] * 5

    await asyncio.gather(*map(converse, range(16)))


async def test_an_owner_that_nobody_needs_leaves(open_bank, tmp_path):
    bank = await open_bank(idle_seconds=0.3)
    await asyncio.sleep(0.6)
    assert owners(tmp_path / "memory"), "it must stay while a client is connected"
    await bank.close()
    await gone(tmp_path / "memory")


async def test_another_embedding_is_refused_by_name(open_bank, tmp_path, embeddings):
    await open_bank()
    for changed in (type(embeddings)(dimension=32), type(embeddings)(model="other")):
        with pytest.raises(MemoryUnavailable) as refused:
            await open_bank(embeddings=changed)
        for part in (str(tmp_path / "memory"), "bag-of-words (64 dimensions)", f"{changed.model} ({changed.dimension}"):
            assert part in str(refused.value)


async def test_a_newer_schema_is_refused_and_left_alone(open_bank, tmp_path):
    await (await open_bank()).close()
    folder = tmp_path / "memory"
    await gone(folder)
    manifest = folder / "memory.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema": 99}))
    before = contents(folder)
    with pytest.raises(MemoryUnavailable, match="schema 99"):
        await open_bank()
    await gone(folder)
    assert contents(folder) == before


@pytest.mark.parametrize("victim", ["memory.json", "edge_config.json", "status.dat", "segment.json"])
async def test_a_damaged_folder_is_named_and_left_alone(open_bank, tmp_path, memory, victim):
    bank = await open_bank()
    await bank.remember([memory("I like tea")])
    await bank.close()
    folder = tmp_path / "memory"
    await gone(folder)
    damaged = sorted(folder.rglob(victim))[0]
    os.truncate(damaged, damaged.stat().st_size // 2)
    before = contents(folder)
    with pytest.raises(MemoryUnavailable, match="damaged"):
        await open_bank()
    await gone(folder)
    assert contents(folder) == before


async def test_a_folder_of_others_is_left_alone(open_bank, tmp_path):
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"jpg")
    with pytest.raises(MemoryUnavailable, match=r"memory .*none of ours"):
        await open_bank()
    assert [path.read_bytes() for path in folder.iterdir()] == [b"jpg"]


async def test_a_folder_that_is_a_file_is_refused(embeddings, tmp_path):
    (tmp_path / "memory").write_text("a file")
    with pytest.raises(MemoryUnavailable, match="can't be opened"):
        await MemoryBank.open(tmp_path / "memory", embeddings=embeddings)


async def test_a_folder_that_an_unreachable_process_holds_is_refused(open_bank, tmp_path, monkeypatch):
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr("langgraph_roleplay.memory.homes.edge_owner._LOCK_WAIT", 0.1)
    with (folder / "owner.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        from langgraph_roleplay.memory.homes import edge_owner

        with pytest.raises(OSError, match="can't be reached"):
            edge_owner._take(folder, str(tmp_path / "socket"))


@pytest.fixture
def owned(tmp_path):
    """A folder as its owner process holds it, for what can't be done to a process."""
    from langgraph_roleplay.memory.homes.edge_folder import EdgeFolder

    folder = EdgeFolder(tmp_path)
    opening = {"op": "open", "protocol": 2, "schema": 2, "of": ["e", 4], "aside": False, "indexes": {}}
    folder.handle(opening, client=None)

    def ask(**request):
        return folder.handle({"of": ["e", 4], **request}, client=None)

    yield folder, ask
    folder.close()


def test_a_nearly_full_disk_makes_the_folder_read_only(owned, monkeypatch):
    _, ask = owned
    with monkeypatch.context() as full:
        full.setattr("langgraph_roleplay.memory.homes.edge_disk.RESERVE", 2**62)
        for write in (
            {"op": "upsert", "points": [], "replace": False},
            {"op": "mark", "where": {"must": [{"has_id": []}]}, "payload": {}},
            {"op": "delete", "where": {"must": [{"has_id": []}]}},
        ):
            with pytest.raises(MemoryUnavailable, match="read-only"):
                ask(**write)
        assert ask(op="count", where={}) == 0


def test_a_purge_that_has_no_space_for_its_copy_says_so_and_changes_nothing(owned, monkeypatch, tmp_path):
    folder, ask = owned
    ask(op="upsert", points=[{"id": str(uuid.UUID(int=1)), "vector": {}, "payload": {"text": "tea"}}], replace=False)
    before = sorted(tmp_path.iterdir())
    ticket = ask(op="purge")["wait"]
    with monkeypatch.context() as full:
        free = shutil.disk_usage(tmp_path).free
        full.setattr("langgraph_roleplay.memory.homes.edge_disk.RESERVE", free - 2**16)
        with pytest.raises(MemoryUnavailable, match="for a copy of itself"):
            folder.step()
    with pytest.raises(MemoryUnavailable, match="for a copy of itself"):
        ask(op="over", ticket=ticket)
    assert sorted(tmp_path.iterdir()) == before
    assert ask(op="count", where={}) == 1


def test_what_is_written_while_a_purge_goes_on_is_not_lost_and_what_is_deleted_does_not_come_back(owned):
    folder, ask = owned

    def points(numbers, **payload):
        return [
            {"id": str(uuid.UUID(int=number)), "vector": {}, "payload": {"n": number} | payload} for number in numbers
        ]

    def these(*ids):
        return {"must": [{"has_id": [str(uuid.UUID(int=number)) for number in ids]}]}

    ask(op="upsert", points=points(range(1, 201)), replace=False)
    ask(op="delete", where=these(3, 150))
    ticket = ask(op="purge")["wait"]
    while (rebuild := folder._shelf._rebuild) is None or not rebuild.target.count({}):
        folder.step()
    ask(op="upsert", points=points([7, 190, 300, 301], new=1), replace=False)
    ask(op="upsert", points=points([8, 191], new=1), replace=True)
    ask(op="mark", where=these(9, 192), payload={"marked": 1})
    ask(op="delete", where=these(10, 193, 301))
    while folder.busy:
        folder.step()
    assert ask(op="over", ticket=ticket) == "yes"
    hits, after = ask(op="scroll", where={}, limit=1000, start=None, vectors=False, fields=["n", "new", "marked"])
    assert after is None
    gone, new, marked = {3, 150, 10, 193, 301}, {8, 191, 300}, {9, 192}
    expected = [
        [n, 1 if n in new else None, 1 if n in marked else None] for n in [*range(1, 201), 300] if n not in gone
    ]
    assert [row for _, row, _ in hits] == expected


def test_a_filter_that_edge_would_misread_is_refused():
    from langgraph_roleplay.memory.homes.edge_query import to_filter

    for condition in (
        {"key": "retracted", "match": {"value": True}},
        {"key": "turn", "match": {"value": 1}, "range": {"gte": 1}},
        {"key": "text", "match": {"text": "tea"}},
        {"is_empty": {"key": "thread"}},
    ):
        with pytest.raises(ValueError, match="no translation"):
            to_filter({"must": [condition]})
    with pytest.raises(ValueError, match="min_should"):
        to_filter({"min_should": {"conditions": [], "min_count": 1}})
