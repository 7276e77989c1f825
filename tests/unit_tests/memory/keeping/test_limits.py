"""Limits: a user takes no more than what is allowed, is told so, and the check costs next to nothing."""

import json

import pytest

from langgraph_roleplay.errors import MemoryFull
from langgraph_roleplay.memory import MemoryBank, Selection
from langgraph_roleplay.memory.filters import selected
from langgraph_roleplay.memory.keeping import limits as module
from langgraph_roleplay.memory.keeping.limits import Limits
from langgraph_roleplay.memory.selecting import pages


@pytest.fixture
def limited(embeddings):
    async def open_(**limits):
        return await MemoryBank.open(":memory:", embeddings=embeddings, limits=Limits(**limits))

    return open_


async def test_beyond_the_limit_nothing_is_written_and_the_way_out_is_named(limited, memory):
    bank = await limited(memories=3)
    await bank.remember([memory("one"), memory("two")])
    with pytest.raises(MemoryFull, match=r"memory of anna is full: 2 of 3 memories; .*roleplay memory keep"):
        await bank.remember([memory("three"), memory("four")])
    assert len([each async for each in bank.browse(Selection(user="anna"))]) == 2
    await bank.remember([memory("three")])


async def test_one_users_limit_is_not_anothers(limited, memory):
    bank = await limited(memories=1)
    await bank.remember([memory("one")])
    await bank.remember([memory("one", user="ben")])
    with pytest.raises(MemoryFull):
        await bank.remember([memory("two")])


async def test_large_memories_are_weighed(limited, memory):
    bank = await limited(bytes=50_000)
    for _ in range(4):
        await bank.remember([memory("tea " * 2_500)])
    with pytest.raises(MemoryFull, match="MB"):
        await bank.remember([memory("tea " * 2_500)])
    await bank.remember([memory("tea")])


async def test_forgetting_makes_room_at_once(limited, memory):
    bank = await limited(memories=1)
    await bank.remember([memory("one")])
    await bank.forget(user="anna")
    await bank.remember([memory("two")])


async def test_what_was_forgotten_by_another_process_makes_room_after_a_while(limited, memory, monkeypatch):
    bank = await limited(memories=1)
    await bank.remember([memory("one")])
    other = MemoryBank(bank.home, vectorizer=None)
    await other.forget(user="anna")
    with pytest.raises(MemoryFull):
        await bank.remember([memory("two")])
    monkeypatch.setattr(module, "_FRESH_WHEN_FULL", 0.0)
    await bank.remember([memory("two")])


async def test_a_thousand_writes_count_once(limited, memory, monkeypatch):
    bank = await limited(memories=5_000)
    counts = []
    count = bank.home.count

    async def spy(where):
        counts.append(where)
        return await count(where)

    monkeypatch.setattr(bank.home, "count", spy)
    for number in range(100):
        await bank.remember([memory(f"{number}-{each}") for each in range(10)])
    assert len(counts) == 1


async def test_the_size_of_what_was_there_before_is_estimated_from_a_sample(bank, memory):
    await bank.remember([memory("tea " * (10 + number % 7)) for number in range(1000)])
    usage = await module.usage_of(bank.home, "anna")
    hits = [hit async for page in pages(bank.home, selected(Selection(user="anna"))) for hit in page]
    exact = sum(len(json.dumps(hit.payload)) for hit in hits)
    assert usage.memories == 1000
    assert usage.bytes == pytest.approx(exact, rel=0.05)
