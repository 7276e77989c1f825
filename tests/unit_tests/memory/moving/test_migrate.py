"""A bank from one home into another."""

import asyncio

import pytest

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.memory.moving.all_users import everything
from langgraph_roleplay.memory.moving.migrate import Migrated, migrate, same_home


@pytest.fixture
async def other(embeddings):
    bank = await MemoryBank.open(":memory:", embeddings=embeddings)
    yield bank
    await bank.close()


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch):
    monkeypatch.setattr("langgraph_roleplay.memory.selecting._PAGE", 7)
    monkeypatch.setattr("langgraph_roleplay.memory.moving.migrate._BATCH", 5)


async def test_every_memory_of_every_user_goes_with_its_vectors(bank, other, memory, scope, contents):
    await bank.remember(
        [memory(f"tea {number}", user=f"u{number % 3}", message_id=f"m{number}") for number in range(40)]
    )
    await bank.retract(scope.model_copy(update={"user": "u1"}), message_ids=["m1"])
    before, told = await contents(bank.home), []
    assert await migrate(bank.home, other.home, progress=lambda *now: told.append(now)) == Migrated(40, 0)
    assert await contents(other.home) == before == await contents(bank.home)
    assert told[-1] == (40, 40)
    assert await migrate(bank.home, other.home) == Migrated(0, 0)


async def test_a_migration_that_was_broken_off_goes_on_where_it_stopped(bank, other, memory, monkeypatch, contents):
    await bank.remember([memory(f"tea {number}") for number in range(40)])
    upsert, written = other.home.upsert, []

    async def breaking(points, **options):
        if len(written) == 15:
            raise asyncio.CancelledError
        written.extend(point.id for point in points)
        await upsert(points, **options)

    monkeypatch.setattr(other.home, "upsert", breaking)
    with pytest.raises(asyncio.CancelledError):
        await migrate(bank.home, other.home)
    assert await other.home.count(everything()) == 15
    written.clear()
    monkeypatch.setattr(other.home, "upsert", lambda points, **options: _count(upsert, points, options, written))
    assert await migrate(bank.home, other.home) == Migrated(25, 0)
    assert len(written) == 25, "what was there was written again"
    assert await contents(other.home) == await contents(bank.home)


async def _count(upsert, points, options, written):
    written.extend(point.id for point in points)
    await upsert(points, **options)


async def test_what_the_other_home_has_stays_and_is_counted_where_it_differs(bank, other, memory, contents):
    same, changed = memory("tea"), memory("coffee")
    await bank.remember([same, changed, memory("milk")])
    await other.remember([same, changed, memory("theirs")])
    await other.edit(changed.id, "no coffee", user="anna")
    assert await migrate(bank.home, other.home) == Migrated(1, 1)
    assert {payload["text"] for payload, _ in (await contents(other.home)).values()} == {
        "tea",
        "no coffee",
        "milk",
        "theirs",
    }


async def test_what_is_written_meanwhile_comes_along_unless_it_never_ends(bank, other, memory, monkeypatch, contents):
    await bank.remember([memory(f"tea {number}") for number in range(20)])
    upsert, late = other.home.upsert, 2

    async def while_others_write(points, **options):
        nonlocal late
        await upsert(points, **options)
        if late:
            late -= 1
            await bank.remember([memory(f"late {late}")])

    monkeypatch.setattr(other.home, "upsert", while_others_write)
    assert (await migrate(bank.home, other.home)).copied == 22
    assert await contents(other.home) == await contents(bank.home)
    late = 100
    await bank.remember([memory("more")])
    with pytest.raises(MemoryUnavailable, match="all the while"):
        await migrate(bank.home, other.home)


async def test_another_embedding_is_refused_and_names_reindex(bank, embeddings, memory):
    await bank.remember([memory("tea")])
    other = await MemoryBank.open(":memory:", embeddings=type(embeddings)(dimension=32))
    with pytest.raises(MemoryUnavailable, match=r"\(64 dim.*\(32 dim.*roleplay memory reindex"):
        await migrate(bank.home, other.home)
    assert await other.home.count(everything()) == 0
    await other.close()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "./a/", True),
        ("a", "b/../a", True),
        ("a", "link", True),
        ("a", "b", False),
        ("http://host:6333", "http://HOST:6333/", True),
        ("http://host", "https://me:key@host:6333?x=1", True),
        ("http://host:6333", "http://host:6335", False),
        ("http://host/one", "http://host/two", False),
        ("grpc://host", "grpc://host:6334", True),
        ("http://host", "a", False),
    ],
)
def test_the_same_home_is_known_under_its_other_addresses(tmp_path, monkeypatch, one, other, same):
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert same_home(one, other) is same
