"""Memories in files and other homes, from and to real Edge folders."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank, Selection
from langgraph_roleplay.memory.homes.opening import open_home
from langgraph_roleplay.memory.moving.all_users import everything
from langgraph_roleplay.memory.moving.backup import back_up, check_backup, restore_backup
from langgraph_roleplay.memory.moving.migrate import Migrated, migrate
from langgraph_roleplay.memory.moving.reindex import Reindexed, reindex
from langgraph_roleplay.memory.vectors import Vectorizer


@pytest.fixture
async def full(open_bank, memory, scope):
    """An Edge folder with what a memory can become."""
    bank = await open_bank()
    said = [
        memory(f"nul \0 and 王小明 {number}", user=f"u{number % 7}", message_id=f"m{number}") for number in range(700)
    ]
    await bank.remember(said)
    await bank.remember([memory("newer", user="u1", supersedes=(said[1].id,), story_time=-2.5)])
    await bank.retract(scope.model_copy(update={"user": "u2"}), message_ids=["m2"])
    return bank


async def test_memories_go_from_folder_to_memory_mode_and_back_unchanged(
    full, open_bank, embeddings, contents, tmp_path
):
    before = await contents(full.home)
    plain, again = await MemoryBank.open(":memory:", embeddings=embeddings), await open_bank(folder=tmp_path / "again")
    assert await migrate(full.home, plain.home) == Migrated(701, 0)
    assert await migrate(plain.home, again.home) == Migrated(701, 0)
    assert await migrate(full.home, again.home) == Migrated(0, 0)
    assert await contents(plain.home) == await contents(again.home) == await contents(full.home) == before
    await plain.close()


async def test_an_export_and_a_backup_give_the_same_folder_back(full, open_bank, contents, tmp_path):
    before = await contents(full.home)
    assert await full.export(tmp_path / "bank.jsonl") == await back_up(full.home, tmp_path / "memories.gz") == 701
    imported, restored = await open_bank(folder=tmp_path / "one"), await open_bank(folder=tmp_path / "two")
    assert await imported.import_(tmp_path / "bank.jsonl") == 701
    assert await restore_backup(restored.home, await check_backup(tmp_path / "memories.gz")) == 701
    assert await contents(imported.home) == await contents(restored.home) == before


async def test_a_copy_of_a_conversation_that_goes_on_is_of_one_moment(open_bank, memory, tmp_path):
    """Each reply rests on the message before it: no copy may have the one without the other."""
    bank, writer = await open_bank(), await open_bank()
    await bank.remember([memory(f"before {number}") for number in range(1200)])
    going_on = True

    async def talk():
        turn = 0
        while going_on:
            said = memory(f"message {turn}", message_id=f"m{turn}")
            await writer.remember([said])
            await writer.remember([memory(f"reply {turn}", evidence=(said.id,))])
            turn += 1
            await asyncio.sleep(0.3)
        return turn

    talking = asyncio.create_task(talk())
    for number in range(3):
        await back_up(bank.home, tmp_path / f"{number}.gz")
        copy = await open_bank(folder=tmp_path / f"folder {number}")
        await restore_backup(copy.home, await check_backup(tmp_path / f"{number}.gz"))
        found = {known.id: known async for known in copy.browse(Selection(user="anna"))}
        assert all(evidence in found for known in found.values() for evidence in known.evidence)
    going_on = False
    assert await talking > 1


async def test_conversations_go_on_while_a_folder_is_reindexed_and_lose_nothing(
    full, open_bank, embeddings, memory, tmp_path
):
    other = type(embeddings)(model="other", dimension=32)
    writer, acknowledged, refused = await open_bank(), [], []

    async def talk():
        while True:
            try:
                said = memory(f"meanwhile {len(acknowledged)}")
                acknowledged.extend(await writer.remember([said]))
            except MemoryUnavailable as error:
                refused.append(str(error))
                if "read-only for a moment" not in str(error):
                    return
            await asyncio.sleep(0.01)

    talking = asyncio.create_task(talk())
    done = await reindex(full.home, vectorizer=await Vectorizer.create(other))
    await asyncio.wait_for(talking, 5)
    assert "other (32 dimensions)" in refused[-1]
    assert "bag-of-words (64 dimensions)" in refused[-1]
    switched = await open_bank(embeddings=other)
    found = {known.id async for known in switched.browse(Selection(user="anna"))}
    assert {*acknowledged} <= found
    assert acknowledged
    assert await switched.home.count(everything()) == 701 + len(acknowledged) == done.memories
    with pytest.raises(MemoryUnavailable, match="reindex"):
        await open_bank()


PROGRAM = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from conftest import BagOfWords
from langgraph_roleplay.memory.homes.opening import open_home
from langgraph_roleplay.memory.moving.reindex import reindex
from langgraph_roleplay.memory.vectors import Vectorizer

class Slow(BagOfWords):
    async def aembed_documents(self, texts):
        await asyncio.sleep(0.2)
        return self.embed_documents(texts)

async def main():
    home = await open_home(sys.argv[1], fingerprint=None)
    print(await reindex(home, vectorizer=await Vectorizer.create(Slow(model="other", dimension=32))))

asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_a_reindexing_that_was_killed_goes_on_where_it_stopped(full, open_bank, embeddings, tmp_path, how):
    folder, other = tmp_path / "memory", type(embeddings)(model="other", dimension=32)
    command = [sys.executable, "-c", PROGRAM, str(folder), str(Path(__file__).parents[1])]
    killed = await asyncio.to_thread(subprocess.Popen, command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    aside = await full.home.aside((await Vectorizer.create(other)).fingerprint)
    deadline = time.monotonic() + 20
    while not (copied := await aside.count(everything())):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    os.kill(killed.pid, how)
    await asyncio.to_thread(killed.communicate)
    assert killed.returncode
    copied = await aside.count(everything())
    await aside.close()
    assert 0 < copied < 701
    assert await full.home.count(everything()) == 701, "the home goes on as it was"
    home = await open_home(folder, fingerprint=None)
    assert await reindex(home, vectorizer=await Vectorizer.create(other)) == Reindexed(701, 701 - copied)
    await home.close()
    assert await (await open_bank(embeddings=other)).home.count(everything()) == 701
