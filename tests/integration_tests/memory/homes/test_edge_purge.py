"""After `forget` no file of an Edge folder has the text, whatever happens meanwhile."""

import asyncio
import json
import os
import signal
import subprocess
import time

import pytest
from qdrant_client import models

from langgraph_roleplay.errors import MemoryUnavailable

SECRET = "the Xanadu password is plover"
EVERYTHING = models.Filter()


def files_with(folder, text):
    """Files of the folder that hold the bytes of a text."""
    command = ["grep", "--recursive", "--files-with-matches", "--text", "--fixed-strings", "--", text, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()


def kill_owner(folder):
    """End the folder's owner process at once."""
    found = subprocess.run(["pgrep", "-f", f"edge_owner.py {folder} "], capture_output=True, text=True, check=False)
    for line in found.stdout.split():
        os.kill(int(line), signal.SIGKILL)


async def until(happened):
    """Wait for something, ten seconds at most."""
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.001)


async def test_no_byte_of_a_forgotten_text_is_left(open_bank, memory, tmp_path):
    folder, bank = tmp_path / "memory", await open_bank()
    await bank.remember([memory(f"Tea number {number}", message_id=f"m{number}") for number in range(300)])
    await bank.remember([memory(SECRET, message_id="secret", metadata={"note": SECRET})])
    assert files_with(folder, SECRET)
    forgotten = await bank.forget(user="anna", message_ids=["secret"])
    assert (forgotten.memories, forgotten.remains) == (1, "")
    assert files_with(folder, SECRET) == []
    assert files_with(folder, "Tea number 299")
    assert await bank.home.count(EVERYTHING) == 300


async def test_what_an_edit_replaced_is_gone_after_the_next_purge(open_bank, memory, tmp_path):
    bank = await open_bank()
    [known] = await bank.remember([memory(SECRET)])
    await bank.edit(known, "nothing to see", user="anna")
    await bank.home.purge()
    assert files_with(tmp_path / "memory", SECRET) == []


async def test_what_lies_aside_is_purged_too(open_bank, memory, tmp_path):
    bank = await open_bank()
    await bank.remember([memory(SECRET, message_id="secret"), memory("I like tea")])
    other = bank.home.fingerprint._replace(embedding="other", dimension=4)
    aside = await bank.home.aside(other)
    page = await bank.home.scroll(EVERYTHING, limit=10)
    points = [models.PointStruct(id=hit.id, vector={"dense": [1.0] * 4}, payload=hit.payload) for hit in page.hits]
    await aside.upsert(points)
    await bank.forget(user="anna", message_ids=["secret"])
    assert files_with(tmp_path / "memory", SECRET) == []
    assert await aside.count(EVERYTHING) == 1
    # What a reindexing had read before it was forgotten, and writes after.
    await aside.upsert(points)
    await bank.home.purge()
    assert await aside.count(EVERYTHING) == 1
    assert files_with(tmp_path / "memory", SECRET) == []
    await aside.close()


async def test_others_are_served_while_a_purge_goes_on(open_bank, memory, scope):
    one, other = await open_bank(), await open_bank()
    await one.remember([memory(f"Tea number {number}", message_id=f"m{number}") for number in range(3000)])
    purge = asyncio.create_task(one.forget(user="anna", message_ids=["m1"]))
    longest, calls = 0.0, 0
    while not purge.done():
        start = time.perf_counter()
        await other.home.count(models.Filter(must=[models.HasIdCondition(has_id=[1])]))
        longest, calls = max(longest, time.perf_counter() - start), calls + 1
        await asyncio.sleep(0.001)
    assert calls > 10
    assert longest < 0.5
    assert await other.home.count(EVERYTHING) == 2999


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.15, 0.3])
async def test_a_purge_whose_owner_is_killed_is_finished_by_the_next(open_bank, memory, tmp_path, delay):
    folder, bank = tmp_path / "memory", await open_bank()
    await bank.remember([memory(f"Tea number {number}", message_id=f"m{number}") for number in range(1000)])
    await bank.remember([memory(SECRET, message_id="secret")])

    async def kill():
        await asyncio.sleep(delay)
        kill_owner(folder)

    forgotten, _ = await asyncio.gather(bank.forget(user="anna", message_ids=["secret"]), kill())
    assert forgotten.remains == ""
    assert files_with(folder, SECRET) == []
    assert await bank.home.count(EVERYTHING) == 1000
    shards = [path.name for path in folder.iterdir() if path.is_dir()]
    assert shards == [json.loads((folder / "memory.json").read_text())["shard"]]


async def test_a_purge_that_nobody_waits_for_any_more_is_taken_up_by_the_next_owner(open_bank, memory, tmp_path):
    folder, bank = tmp_path / "memory", await open_bank()
    await bank.remember([memory(SECRET, message_id="secret"), *(memory(f"Tea {number}") for number in range(500))])
    forget = asyncio.create_task(bank.forget(user="anna", message_ids=["secret"]))
    await until(lambda: json.loads((folder / "memory.json").read_text())["purge"])
    kill_owner(folder)
    forget.cancel()
    await asyncio.gather(forget, return_exceptions=True)
    await bank.close()
    again = await open_bank()
    assert await again.home.count(EVERYTHING) == 500
    await until(lambda: not json.loads((folder / "memory.json").read_text())["purge"])
    assert files_with(folder, SECRET) == []


async def test_a_freeze_ends_with_the_home_that_asked_for_it(open_bank, memory):
    bank, mover = await open_bank(), await open_bank()
    await mover.home.freeze()
    with pytest.raises(MemoryUnavailable, match="read-only for a moment"):
        await bank.remember([memory("I like tea")])
    await mover.close()
    await asyncio.sleep(0.05)
    await bank.remember([memory("I like tea")])


async def test_a_home_that_was_not_frozen_is_not_switched(open_bank, memory):
    bank = await open_bank()
    other = bank.home.fingerprint._replace(embedding="other")
    aside = await bank.home.aside(other)
    with pytest.raises(MemoryUnavailable, match="not kept frozen"):
        await bank.home.switch(other)
    await bank.home.freeze()
    with pytest.raises(MemoryUnavailable, match="nothing of the embedding third"):
        await bank.home.switch(other._replace(embedding="third"))
    await aside.close()


async def test_the_loop_of_a_client_goes_on_while_thousands_are_imported(open_bank, memory):
    bank, longest, going_on = await open_bank(), 0.0, True

    async def tick():
        nonlocal longest
        while going_on:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - start)

    ticking = asyncio.create_task(tick())
    points = [
        models.PointStruct(
            id=number, vector={"dense": [0.1] * 64}, payload={"user": "anna", "text": f"Tea {number} " * 50}
        )
        for number in range(5000)
    ]
    await bank.home.upsert(points)
    assert await bank.home.count(EVERYTHING) == 5000
    page = await bank.home.scroll(EVERYTHING, limit=500, vectors=True)
    assert len(page.hits) == 500
    going_on = False
    await ticking
    assert longest < 0.5, "0.1 s is promised; a busy machine gets some more"
