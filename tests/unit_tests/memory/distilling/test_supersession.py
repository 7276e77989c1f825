import itertools
from unittest.mock import AsyncMock

import pytest

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Selection
from langgraph_roleplay.memory.distilling.reading_back import list_current

HERE = ("h1", "a1", "h2")


@pytest.fixture
def old(memory):
    return memory("Anna lives in Bath", kind="fact", subject="Anna", relation="lives in", key="h1", turn=1)


@pytest.fixture
def new(memory, old):
    return memory("Anna lives in York", kind="fact", supersedes=(old.id,), key="h2", turn=2)


async def lives(bank, scope):
    return {hit.memory.text.split()[-1] for hit in await bank.recall("Where does Anna live?", scope=scope)}


@pytest.fixture
async def moved(bank, old, new):
    await bank.remember([old, new])
    return bank


async def test_what_was_superseded_is_recalled_only_when_asked_for(moved, scope, old, new):
    assert await lives(moved, scope) == {"York"}
    assert await moved.count(scope) == 1
    everything = scope.model_copy(update={"superseded": True})
    hits = await moved.recall("Where does Anna live?", scope=everything)
    assert {(hit.memory.id, hit.memory.superseded_by) for hit in hits} == {(old.id, new.id), (new.id, None)}
    assert await moved.count(everything) == 2


@pytest.mark.parametrize(("k", "versions"), [(1, 2), (4, 6), (8, 40)])
async def test_old_versions_never_take_the_place_of_the_newest(bank, scope, memory, k, versions):
    told = [memory(f"Anna lives in town {number}", kind="fact") for number in range(versions)]
    told = [one.model_copy(update={"supersedes": (old.id,)}) for old, one in itertools.pairwise(told)]
    first = memory("Anna lives, lives, lives in Bath; in Bath Anna lives", kind="fact")
    told[0] = told[0].model_copy(update={"supersedes": (first.id,)})
    newest = memory("She moved to York", kind="fact", supersedes=tuple(one.id for one in (first, *told)))
    await bank.remember([first, *told, newest])
    hits = await bank.recall("Where in town lives Anna: York?", scope=scope, k=k)
    assert [hit.memory.text for hit in hits] == ["She moved to York"]


async def test_it_is_true_again_on_a_branch_without_its_successor(moved, scope):
    assert await lives(moved, scope.model_copy(update={"branch": HERE})) == {"York"}
    back = scope.model_copy(update={"branch": HERE[:2]})
    assert await lives(moved, back) == {"Bath"}
    await moved.settle_branch(back, turn=2)
    assert await lives(moved, scope.model_copy(update={"thread": "t2"})) == {"Bath"}


@pytest.mark.parametrize("act", ["retract", "forget"])
async def test_it_is_true_again_when_its_successor_is_taken_back(bank, scope, memory, old, act):
    await bank.remember([old, memory("Anna lives in York", kind="fact", supersedes=(old.id,), message_id="m2")])
    await getattr(bank, act)(scope, message_ids=["m2"])
    assert await lives(bank, scope) == {"Bath"}
    if act == "retract":
        await bank.restore(scope, message_ids=["m2"])
        assert await lives(bank, scope) == {"York"}


async def test_two_memories_can_be_put_in_order_later(bank, scope, old, memory):
    other = memory("Anna lives in York")
    await bank.remember([old, other])
    await bank.supersede(old.id, by=other.id, scope=scope)
    assert await lives(bank, scope) == {"York"}
    with pytest.raises(ValueError, match="is replaced by it"):
        await bank.supersede(other.id, by=old.id, scope=scope)


@pytest.mark.parametrize("stranger", [{"user": "bob"}, {"character": "watson"}])
async def test_what_a_scope_does_not_see_it_can_not_supersede(bank, scope, old, memory, stranger):
    other = memory("Anna lives in York", **stranger)
    await bank.remember([old, other])
    with pytest.raises(ValueError, match="there is no memory"):
        await bank.supersede(old.id, by=other.id, scope=scope)
    assert await lives(bank, scope) == {"Bath"}


async def test_what_another_character_learned_supersedes_nothing_of_mine(bank, scope, old, memory):
    rumour = memory("Anna lives in York", character="watson", supersedes=(old.id,))
    await bank.remember([old, rumour])
    assert await lives(bank, scope) == {"Bath"}


async def test_taking_a_message_back_hides_what_rests_on_it(bank, scope, memory):
    said = memory("I live in Bath", message_id="m1")
    fact = memory("Anna lives in Bath", kind="fact", evidence=(said.id,))
    thought = memory("Anna is far from home, in Bath", kind="reflection", evidence=(fact.id,))
    await bank.remember([said, fact, thought, memory("Bath is warm", message_id="m2")])
    assert await bank.retract(scope, message_ids=["m1"]) == 3
    assert [hit.memory.text for hit in await bank.recall("Bath", scope=scope)] == ["Bath is warm"]


async def test_words_can_be_put_right(bank, scope, memory, old):
    await bank.remember([old])
    await bank.retract(scope, message_ids=[])
    edited = await bank.edit(old.id, "Anna lives in Wells", user="anna")
    assert edited == old.model_copy(update={"text": "Anna lives in Wells"})
    assert await lives(bank, scope) == {"Wells"}
    with pytest.raises(ValueError, match="there is no memory"):
        await bank.edit(old.id, "Anna lives in Rome", user="bob")


async def test_no_ring_of_memories_can_hide_itself(bank, scope, memory):
    ring = [memory(f"Anna lives in {town}") for town in ("Bath", "York", "Wells")]
    await bank.remember(ring)
    await bank.supersede(ring[0].id, by=ring[1].id, scope=scope)
    await bank.supersede(ring[1].id, by=ring[2].id, scope=scope)
    with pytest.raises(ValueError, match="is replaced by it"):
        await bank.supersede(ring[2].id, by=ring[0].id, scope=scope)
    assert await lives(bank, scope) == {"Wells"}


async def test_a_chain_that_is_written_at_once_leaves_its_last_one(bank, scope, memory, old, new):
    last = memory("Anna lives in Wells", kind="fact", supersedes=(new.id,), key="h3", turn=3)
    await bank.remember([last, new, old])
    assert await lives(bank, scope) == {"Wells"}


async def test_a_write_that_breaks_off_leaves_no_two_truths(bank, scope, old, new, monkeypatch):
    await bank.remember([old])
    for step in ("mark", "upsert"):
        with monkeypatch.context() as patch:
            patch.setattr(bank.home, step, AsyncMock(side_effect=MemoryUnavailable("killed")))
            with pytest.raises(MemoryUnavailable):
                await bank.remember([new])
        assert await lives(bank, scope) == {"Bath"}
    await bank.remember([new])
    assert await lives(bank, scope) == {"York"}


@pytest.mark.parametrize("act", ["retract", "forget"])
async def test_what_is_true_again_is_known_to_those_who_distil(bank, scope, memory, old, act):
    await bank.remember([old, memory("Anna lives in York", kind="fact", supersedes=(old.id,), message_id="m2")])
    facts = Selection(user="anna", character="holmes", kind="fact")

    async def known():
        near = {found.text for found, _ in await bank.nearest("Anna lives in York", facts, k=8)}
        assert near == {fact.text for fact in await list_current(bank, facts)}
        return near

    assert await known() == {"Anna lives in York"}
    await getattr(bank, act)(scope, message_ids=["m2"])
    assert await known() == {"Anna lives in Bath"}


async def test_what_rests_on_another_message_too_stays_hidden_with_that_one(bank, scope, memory):
    said = [memory(f"Bath, line {n}", message_id=f"m{n}") for n in (1, 2)]
    fact = memory("Anna lives in Bath", kind="fact", evidence=tuple(line.id for line in said))
    thought = memory("Anna is far from home, in Bath", kind="reflection", evidence=(fact.id,))
    await bank.remember([*said, fact, thought])
    await bank.retract(scope, message_ids=["m1", "m2"])
    assert await bank.restore(scope, message_ids=["m1"]) == 1
    assert [hit.memory.text for hit in await bank.recall("Bath", scope=scope)] == ["Bath, line 1"]
    assert await bank.restore(scope, message_ids=["m2"]) == 3
    assert await bank.count(scope) == 4
