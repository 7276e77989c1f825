"""The outbox: what a home can't take is kept, in order, whole, for this user alone, and not beyond its bound."""

import asyncio
import json
import multiprocessing
import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from langgraph_roleplay.errors import MemoryFull, MemoryUnavailable
from langgraph_roleplay.memory import Scope, Selection
from langgraph_roleplay.memory.keeping.letters import Letter
from langgraph_roleplay.memory.keeping.outbox import Outbox


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "home" / "outbox", location="somewhere")


@pytest.fixture
def letter(memory):
    """A letter of one turn; both sides of it."""

    def build(number=1, *, user="anna", thread="t1", keys=None, **fields):
        keys = keys or [f"h{number}", f"a{number}"]
        sides = tuple(
            memory(f"{side} {number}", user=user, thread=thread, key=key, turn=number, message_id=f"m{key}", **fields)
            for side, key in zip(("question", "answer"), keys[-2:], strict=True)
        )
        scope = Scope(character="holmes", user=user, thread=thread, branch=tuple(keys))
        return Letter(scope=scope, turn=number, memories=sides)

    return build


async def texts(bank, **selection):
    found = [memory async for memory in bank.browse(Selection(**{"user": "anna"} | selection))]
    return sorted(memory.text for memory in found)


async def test_a_letter_is_delivered_as_it_was_written_and_then_gone(outbox, bank, letter):
    sent = letter()
    await outbox.put(sent)
    assert (await outbox.holdings()).memories == 2
    assert await outbox.deliver(bank) == 1
    found = {memory.id: memory async for memory in bank.browse(Selection(user="anna"))}
    assert found == {memory.id: memory for memory in sent.memories}
    assert (await outbox.holdings()).letters == 0
    assert await outbox.deliver(bank) == 0


async def test_a_letter_that_arrived_before_its_sender_was_killed_is_not_written_twice(outbox, bank, letter):
    await outbox.put(letter())
    await letter().post(bank)
    await outbox.deliver(bank)
    assert await texts(bank) == ["answer 1", "question 1"]


async def test_letters_are_delivered_in_the_order_in_which_they_were_put(outbox, bank, letter, monkeypatch):
    order = []
    remember = bank.remember

    async def spy(memories):
        order.append(memories[0].turn)
        return await remember(memories)

    monkeypatch.setattr(bank, "remember", spy)
    for number in (3, 1, 2):
        await outbox.put(letter(number))
    await outbox.deliver(bank)
    assert order == [3, 1, 2]


async def test_nobody_but_its_owner_can_read_it(outbox, letter, tmp_path):
    before = os.umask(0)
    try:
        await outbox.put(letter())
    finally:
        os.umask(before)
    folder = tmp_path / "home" / "outbox"
    assert [path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())] == [0, 0]


async def test_a_home_that_is_still_off_leaves_every_letter_where_it_is(outbox, bank, letter, monkeypatch):
    async def off(memories):
        raise MemoryUnavailable("off")

    for number in (1, 2):
        await outbox.put(letter(number))
    monkeypatch.setattr(bank, "remember", off)
    with pytest.raises(MemoryUnavailable):
        await outbox.deliver(bank)
    assert (await outbox.holdings()).letters == 2


async def test_only_the_letters_of_a_home_are_delivered_to_it(outbox, bank, letter, tmp_path):
    await Outbox(tmp_path / "home" / "outbox", location="elsewhere").put(letter(1))
    await outbox.put(letter(2))
    assert await outbox.deliver(bank) == 1
    assert await texts(bank) == ["answer 2", "question 2"]
    assert (await outbox.holdings()).elsewhere == 1


async def test_one_conversation_can_be_delivered_before_the_others(outbox, bank, letter):
    await outbox.put(letter(1, thread="t1"))
    await outbox.put(letter(2, thread="t2"))
    await outbox.put(letter(3, user="ben", thread="t2"))
    assert await outbox.deliver(bank, user="anna", thread="t2") == 1
    assert await texts(bank) == ["answer 2", "question 2"]


async def test_a_user_whose_memory_is_full_does_not_hold_up_the_others(outbox, bank, letter, monkeypatch):
    remember = bank.remember

    async def full_for_anna(memories):
        if memories[0].user == "anna":
            raise MemoryFull("full")
        return await remember(memories)

    monkeypatch.setattr(bank, "remember", full_for_anna)
    await outbox.put(letter(1))
    await outbox.put(letter(2, user="ben"))
    assert await outbox.deliver(bank) == 1
    assert (await outbox.holdings()).letters == 1


@pytest.mark.parametrize("bound", [{"most_letters": 2}, {"most_bytes": 3000}])
async def test_at_the_bound_the_new_letter_is_refused_and_the_old_ones_stay(bound, bank, letter, tmp_path):
    outbox = Outbox(tmp_path / "outbox", location="somewhere", **bound)
    put = 0
    with suppress(MemoryUnavailable):
        while put < 9:
            await outbox.put(letter(put))
            put += 1
    assert put == 2
    with pytest.raises(MemoryUnavailable, match=r"the outbox .* is full, 2 turns"):
        await outbox.put(letter(put))
    await outbox.deliver(bank)
    assert len(await texts(bank)) == 2 * put


async def test_a_letter_that_another_process_takes_out_meanwhile_is_no_error(outbox, bank, letter, tmp_path):
    await outbox.put(letter(1))
    folder = tmp_path / "home" / "outbox"
    for name in ("gone.json", "gone.new"):
        (folder / name).symlink_to("nowhere")  # listed, and not there when it is looked at
    await outbox.put(letter(2))
    assert (await outbox.holdings()).bytes > 0
    await outbox.forget(Selection(user="bob"))
    assert await outbox.deliver(bank) == 2


async def test_an_outbox_that_can_not_be_written_leaves_no_half_of_a_letter(outbox, letter, monkeypatch, tmp_path):
    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        await outbox.put(letter())
    assert [*(tmp_path / "home" / "outbox").iterdir()] == []


@pytest.mark.parametrize("schema", [99, "newest"])
async def test_a_newer_letter_and_a_damaged_one_are_left_alone_and_counted(outbox, bank, letter, tmp_path, schema):
    for number in (1, 2, 3):
        await outbox.put(letter(number))
    newer, damaged, _ = sorted((tmp_path / "home" / "outbox").glob("*.json"))
    newer.write_text(json.dumps(json.loads(newer.read_text()) | {"schema": schema}))
    damaged.write_text(damaged.read_text()[:100])
    assert await outbox.deliver(bank) == 1
    assert (await outbox.holdings()).unreadable == 2
    assert await texts(bank) == ["answer 3", "question 3"]


FORGOTTEN = {
    "everything of a user": ({}, {"bank": []}),
    "a conversation": ({"thread": "t1"}, {"bank": ["answer 2", "question 2"]}),
    "a message": ({"message_ids": ("mh1",)}, {"bank": ["answer 1", "answer 2", "question 2"]}),
    "a kind": ({"kind": "fact"}, {"bank": ["answer 1", "answer 2", "question 1", "question 2"]}),
    "another character's": ({"character": "watson"}, {"bank": ["answer 1", "answer 2", "question 1", "question 2"]}),
}


@pytest.mark.parametrize(("chosen", "left"), FORGOTTEN.values(), ids=FORGOTTEN)
async def test_what_is_forgotten_is_never_delivered(outbox, bank, letter, chosen, left):
    for sent in (letter(1), letter(2, thread="t2"), letter(3, user="ben")):
        await outbox.put(sent)
    dropped = await outbox.forget(Selection(user="anna", **chosen))
    assert dropped == 4 - len(left["bank"])
    await outbox.deliver(bank)
    assert await texts(bank) == left["bank"]
    assert len(await texts(bank, user="ben")) == 2


async def test_what_is_forgotten_is_out_of_the_files_at_once(outbox, letter, tmp_path):
    await outbox.put(letter())
    await outbox.forget(Selection(user="anna", message_ids=("mh1",)))
    (path,) = (tmp_path / "home" / "outbox").glob("*.json")
    assert "question 1" not in path.read_text()
    assert "answer 1" in path.read_text()
    await outbox.forget(Selection(user="anna", thread="t1"))
    assert not path.exists()


async def test_what_was_half_written_by_a_killed_process_is_forgotten_too(outbox, letter, tmp_path):
    await outbox.put(letter())
    half = tmp_path / "home" / "outbox" / "0-half.new"
    half.write_text("the secret, half writ")
    os.utime(half, (0, 0))
    await outbox.forget(Selection(user="ben"))
    assert not half.exists()


async def test_what_is_too_old_is_dropped(outbox, bank, letter):
    now = datetime.now(UTC)
    await outbox.put(letter(1, at=now - timedelta(days=100)))
    await outbox.put(letter(2))
    assert await outbox.expire(now - timedelta(days=90)) == 2
    await outbox.deliver(bank)
    assert await texts(bank) == ["answer 2", "question 2"]


async def test_a_letter_that_is_being_delivered_is_forgotten_only_afterwards(outbox, bank, letter, monkeypatch):
    """Else who has just read it would write, after the bank forgot, what was to be forgotten."""
    reached, go_on = asyncio.Event(), asyncio.Event()
    remember = bank.remember

    async def slow(memories):
        reached.set()
        await go_on.wait()
        return await remember(memories)

    monkeypatch.setattr(bank, "remember", slow)
    await outbox.put(letter())
    delivering = asyncio.create_task(outbox.deliver(bank))
    await reached.wait()
    forgetting = asyncio.create_task(outbox.forget(Selection(user="anna")))
    await asyncio.sleep(0.1)
    assert not forgetting.done()
    go_on.set()
    await asyncio.gather(delivering, forgetting)
    await bank.forget(user="anna")
    assert await texts(bank) == []


async def test_a_delivery_that_is_broken_off_lets_the_next_one_in(outbox, bank, letter):
    await outbox.put(letter())
    for _ in range(20):
        delivering = asyncio.create_task(outbox.deliver(bank))
        await asyncio.sleep(0)
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
    async with asyncio.timeout(5):
        await outbox.deliver(bank)
    assert await texts(bank) == ["answer 1", "question 1"]


def _fill(folder, letters):
    async def put():
        outbox = Outbox(folder, location="somewhere")
        for letter in letters:
            await outbox.put(Letter.from_json(json.loads(letter)))

    asyncio.run(put())


def _wait_for(folder, letters):
    while len([*folder.glob("*.json")]) < letters:
        time.sleep(0.01)


async def test_many_processes_write_at_once_and_a_killed_one_leaves_whole_letters(outbox, bank, letter, tmp_path):
    folder = tmp_path / "home" / "outbox"
    spawn = multiprocessing.get_context("fork")
    writers = [
        spawn.Process(target=_fill, args=(folder, [letter(n, thread=f"t{each}").to_json() for n in range(500)]))
        for each in range(3)
    ]
    for writer in writers:
        writer.start()
    await asyncio.to_thread(_wait_for, folder, 60)
    for writer in writers:
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
    waiting = await outbox.holdings()
    assert waiting.unreadable == 0
    assert await outbox.deliver(bank) == waiting.letters >= 60
    assert len(await texts(bank)) == 2 * waiting.letters
