"""Another embedding for a bank that is in use."""

import asyncio

import pytest

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.memory.moving.reindex import Reindexed, reindex
from langgraph_roleplay.memory.vectors import Vectorizer


class Counting:
    """An embedding model that counts the texts, and does something before each batch."""

    def __init__(self, embeddings, before=None):
        self._embeddings = embeddings
        self._before = before
        self.model = embeddings.model
        self.texts = 0

    async def aembed_query(self, text):
        return self._embeddings.embed_query(text)

    async def aembed_documents(self, texts):
        if self._before is not None:
            await self._before()
        self.texts += len(texts)
        return self._embeddings.embed_documents(texts)


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch):
    monkeypatch.setattr("langgraph_roleplay.memory.selecting._PAGE", 7)
    monkeypatch.setattr("langgraph_roleplay.memory.moving.reindex._BATCH", 5)
    monkeypatch.setattr("langgraph_roleplay.memory.moving.reindex._FEW", 0)


@pytest.fixture
def other(embeddings):
    return type(embeddings)(model="other", dimension=32)


@pytest.fixture
def at_the_switch(bank, other, contents, monkeypatch):
    """What lies aside at the switch, and what should: the client of `:memory:` is closed after it."""
    found, switch = [], bank.home.switch

    async def look_and_switch(fingerprint):
        found.append(await contents(await bank.home.aside(fingerprint)))
        found.append(await as_if_made_with(other, bank, contents))
        await switch(fingerprint)

    monkeypatch.setattr(bank.home, "switch", look_and_switch)
    return found


async def as_if_made_with(embeddings, bank, contents):
    """What the home would hold if it had been made with `embeddings`."""
    held = await contents(bank.home)
    fresh = await MemoryBank.open(":memory:", embeddings=embeddings)
    from langgraph_roleplay.memory.points import to_memory, to_point

    for known, (payload, _) in held.items():
        [vectors] = await (await Vectorizer.create(embeddings)).texts([payload["text"]])
        await fresh.home.upsert([to_point(to_memory(known, payload), vectors, flags=payload)])
    wanted = await contents(fresh.home)
    await fresh.close()
    return wanted


async def test_every_memory_gets_the_new_vectors_and_keeps_what_became_of_it(bank, memory, other, scope, at_the_switch):
    said = [memory(f"tea {number}", user=f"u{number % 3}", message_id=f"m{number}") for number in range(40)]
    await bank.remember(said)
    await bank.retract(scope.model_copy(update={"user": "u1"}), message_ids=["m1"])
    told = []
    vectorizer = await Vectorizer.create(other)
    done = await reindex(bank.home, vectorizer=vectorizer, progress=lambda *now: told.append(now))
    assert done == Reindexed(40, 40)
    assert told[-1] == (40, 40)
    found, wanted = at_the_switch
    assert found == wanted
    assert len(found) == 40


async def test_what_happens_meanwhile_is_caught_up(bank, memory, other, scope, at_the_switch):
    said = [memory(f"tea {number}", message_id=f"m{number}") for number in range(30)]
    await bank.remember(said)
    happened = []

    async def meanwhile():
        step = len(happened)
        happened.append(step)
        if step == 2:
            await bank.remember([memory("late", supersedes=(said[0].id,))])
            await bank.edit(said[1].id, "other words", user="anna")
        if step == 3:
            await bank.retract(scope, message_ids=["m2", "m29"])
        if step in (1, 4):
            await bank.forget(user="anna", message_ids=[f"m{step + 10}", f"m{step + 4}"])

    vectorizer = await Vectorizer.create(Counting(other, meanwhile))
    done = await reindex(bank.home, vectorizer=vectorizer)
    assert len(happened) > 5
    assert done.memories == 27
    found, wanted = at_the_switch
    assert found == wanted


async def test_a_reindexing_that_was_broken_off_does_not_start_over(bank, memory, other):
    await bank.remember([memory(f"tea {number}") for number in range(30)])

    async def break_off():
        if broken.texts >= 15:
            raise asyncio.CancelledError

    broken = Counting(other, break_off)
    with pytest.raises(asyncio.CancelledError):
        await reindex(bank.home, vectorizer=await Vectorizer.create(broken))
    assert (await bank.count(scope_of_anna())) == 30, "the home goes on as it was"
    again = Counting(other)
    assert await reindex(bank.home, vectorizer=await Vectorizer.create(again)) == Reindexed(30, 15)
    assert again.texts == 15


def scope_of_anna():
    from langgraph_roleplay.memory import Scope

    return Scope(character="holmes", user="anna")


async def test_what_is_forgotten_while_it_is_embedded_does_not_come_back(bank, memory, other, monkeypatch, contents):
    await bank.remember([memory(f"tea {number}", message_id=f"m{number}") for number in range(12)])
    vectorizer = await Vectorizer.create(other)
    aside = await bank.home.aside(vectorizer.fingerprint)
    upsert, forgotten = aside.upsert, []

    async def upsert_late(points, **options):
        if not forgotten:
            forgotten.append(points[0].payload["message_id"])
            await bank.forget(user="anna", message_ids=forgotten)
        await upsert(points, **options)
        seen.append({payload["message_id"] for payload, _ in (await contents(aside)).values()})

    async def the_same_one(fingerprint):
        return aside

    seen = []
    monkeypatch.setattr(aside, "upsert", upsert_late)
    monkeypatch.setattr(bank.home, "aside", the_same_one)
    await reindex(bank.home, vectorizer=vectorizer)
    assert forgotten[0] in seen[0], "or this test tests nothing"
    assert all(forgotten[0] not in later for later in seen[1:])


async def test_the_embedding_that_is_used_already_needs_nothing(bank, memory, embeddings, scope):
    await bank.remember([memory("tea")])
    assert await reindex(bank.home, vectorizer=await Vectorizer.create(embeddings)) == Reindexed(1, 0)
    assert await bank.count(scope) == 1


async def test_a_new_model_that_fails_leaves_the_home_as_it_was(bank, memory, other, scope):
    await bank.remember([memory("tea")])

    async def fail():
        raise TimeoutError("the model is gone")

    with pytest.raises(TimeoutError):
        await reindex(bank.home, vectorizer=await Vectorizer.create(Counting(other, fail)))
    await bank.remember([memory("coffee")])
    assert await bank.count(scope) == 2


async def test_nothing_is_switched_if_something_is_missing(bank, memory, other, monkeypatch, scope):
    await bank.remember([memory("tea")])
    vectorizer = await Vectorizer.create(other)
    aside = await bank.home.aside(vectorizer.fingerprint)

    async def lose(points, **options):
        pass

    async def the_same_one(fingerprint):
        return aside

    monkeypatch.setattr(aside, "upsert", lose)
    monkeypatch.setattr(bank.home, "aside", the_same_one)
    with pytest.raises(MemoryUnavailable, match="of 1 memories 0"):
        await reindex(bank.home, vectorizer=vectorizer)
    assert await bank.count(scope) == 1
