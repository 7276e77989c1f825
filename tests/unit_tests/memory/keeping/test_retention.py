"""Retention: what is too old goes, with what rested on nothing else; nothing else goes."""

from datetime import UTC, datetime, timedelta

import pytest

from langgraph_roleplay import Settings
from langgraph_roleplay.memory import Selection
from langgraph_roleplay.memory.keeping.chores import do_chores
from langgraph_roleplay.memory.keeping.retention import expire, parse_age

NOW = datetime(2026, 6, 1, tzinfo=UTC)
AGE = timedelta(days=90)


@pytest.fixture
def said(memory):
    def build(text, *, days, **fields):
        return memory(text, at=NOW - timedelta(days=days), message_id=f"m-{text}", **fields)

    return build


async def texts(bank, user="anna"):
    return sorted([memory.text async for memory in bank.browse(Selection(user=user))])


@pytest.mark.parametrize(("text", "days"), [("90d", 90), ("12w", 84), ("2y", 730)])
def test_an_age_is_written_in_days_weeks_or_years(text, days):
    assert parse_age(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "90", "d", "-3d", "0d", "1.5y", "3 d", "90days"])
def test_what_is_no_age_is_said_to_be_none(text):
    with pytest.raises(ValueError, match="90d"):
        parse_age(text)


async def test_what_is_older_goes_and_what_is_younger_stays(bank, said):
    await bank.remember([said("old", days=91), said("young", days=89)])
    assert (await expire(bank.home, age=AGE, user="anna", now=NOW)).memories == 1
    assert await texts(bank) == ["young"]


async def test_a_fact_goes_with_the_last_of_its_evidence_and_not_before(bank, said):
    first, second, third = said("first", days=99), said("second", days=95), said("third", days=10)
    mixed = said("mixed", days=1, kind="fact", evidence=(first.id, third.id))
    gone = said("gone", days=1, kind="fact", evidence=(first.id, second.id))
    on_gone = said("on gone", days=1, kind="reflection", evidence=(gone.id,))
    bare = said("bare", days=1, kind="fact")
    await bank.remember([first, second, third, mixed, gone, on_gone, bare])
    await expire(bank.home, age=AGE, user="anna", now=NOW)
    assert await texts(bank) == ["bare", "mixed", "third"]
    await expire(bank.home, age=timedelta(days=5), user="anna", now=NOW)
    assert await texts(bank) == ["bare"]


async def test_evidence_that_was_deleted_long_ago_holds_nothing_up(bank, said):
    first, second = said("first", days=99), said("second", days=50)
    await bank.remember([first, second, said("fact", days=1, kind="fact", evidence=(first.id, second.id))])
    for days in (90, 40):
        await expire(bank.home, age=timedelta(days=days), user="anna", now=NOW)
    assert await texts(bank) == []


async def test_one_user_is_cleaned_up_after_alone_or_everybody(bank, said):
    await bank.remember([said("old", days=99), said("old", days=99, user="ben"), said("young", days=1, user="cleo")])
    await expire(bank.home, age=AGE, user="anna", now=NOW)
    assert (await texts(bank), await texts(bank, "ben")) == ([], ["old"])
    done = await expire(bank.home, age=AGE, now=NOW)
    assert (done.memories, done.users) == (1, 1)
    assert (await texts(bank, "ben"), await texts(bank, "cleo")) == ([], ["young"])


async def test_a_dry_run_counts_and_deletes_nothing(bank, said):
    await bank.remember([said("old", days=99), said("young", days=1)])
    assert (await expire(bank.home, age=AGE, now=NOW, dry_run=True)).memories == 1
    assert await texts(bank) == ["old", "young"]


async def test_more_than_a_page_of_memories_goes(bank, said):
    await bank.remember([said(f"old {number}", days=99) for number in range(1203)])
    assert (await expire(bank.home, age=AGE, now=NOW)).memories == 1203
    assert await texts(bank) == []


async def test_the_setting_is_applied_when_a_bank_is_opened_but_once_a_day(bank, memory, tmp_path):
    settings = Settings(home=tmp_path, memory_keep="90d")
    old = datetime.now(UTC) - timedelta(days=91)
    for text, left in (("one", []), ("two", ["two"])):
        await bank.remember([memory(text, at=old)])
        await do_chores(bank, outbox=None, settings=settings)
        assert await texts(bank) == left
