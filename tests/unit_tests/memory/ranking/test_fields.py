from uuid import UUID

import pytest

from langgraph_roleplay.memory.ranking import fields
from langgraph_roleplay.memory.ranking.fields import RankingFields


@pytest.fixture
async def said(bank, memory):
    """Ids of five memories, as searches give them."""
    kept = await bank.remember([memory(f"words {n}", message_id=f"m{n}", turn=n) for n in range(5)])
    return [UUID(known).bytes for known in kept]


@pytest.fixture
def known(bank):
    return RankingFields(bank.home)


async def test_what_is_asked_for_is_there_in_the_order_it_is_asked_for(known, said, scope):
    table = await known.learn(said, scope=scope)
    assert table.rows(said[::-1])["turn"].tolist() == [4, 3, 2, 1, 0]
    assert not table.missing(said)


async def test_what_was_deleted_meanwhile_is_missing(known, said, scope):
    stranger = bytes(16)
    table = await known.learn([*said, stranger], scope=scope)
    assert table.missing([*said, stranger]) == {stranger}


async def test_the_first_recall_reads_the_rest_of_what_the_character_knows(known, said, scope):
    table = await known.learn(said[:1], scope=scope)
    assert len(table) == 5


async def test_of_many_memories_only_some_are_read_ahead(known, said, scope, monkeypatch):
    monkeypatch.setattr(fields, "_AHEAD", 2)
    monkeypatch.setattr("langgraph_roleplay.memory.selecting._PAGE", 2)
    assert len(await known.learn(said[:1], scope=scope)) < 5
    assert not (await known.learn(said, scope=scope)).missing(said)


async def test_it_does_not_grow_for_ever(known, said, scope, monkeypatch):
    monkeypatch.setattr(fields, "_KEPT", 4)
    full = await known.learn(said, scope=scope)
    assert len(full) == 5
    assert len(await known.learn([], scope=scope)) == 0
    assert not (await known.learn(said, scope=scope)).missing(said)


async def test_what_is_forgotten_while_it_is_read_is_not_kept(known, bank, said, scope, monkeypatch):
    scroll = bank.home.scroll

    async def slow(*given, **options):
        page = await scroll(*given, **options)
        known.forget()
        return page

    monkeypatch.setattr(bank.home, "scroll", slow)
    assert len(await known.learn(said, scope=scope)) == 5
    monkeypatch.setattr(bank.home, "scroll", scroll)
    assert len(await known.learn([], scope=scope)) == 0
