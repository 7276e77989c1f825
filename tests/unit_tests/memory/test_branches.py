import pytest

from langgraph_roleplay.memory import Scope


@pytest.fixture
async def swiped(bank, memory, scope):
    """Turn 1 was lived; of turn 2 the reply was redone: `a2` was abandoned for `b2`."""
    said = [("I like tea", "u1", 1), ("Tea it is", "a1", 1), ("Which tea?", "u2", 2), ("Black tea", "a2", 2)]
    await bank.remember([memory(text, message_id=message, turn=turn) for text, message, turn in said])
    await bank.remember([memory("Green tea", message_id="b2", turn=2)])
    await bank.settle_branch(scope, turn=2, message_ids=["u1", "a1", "u2", "b2"])
    return bank


async def seen(bank, scope):
    return {hit.memory.message_id for hit in await bank.recall("tea", scope=scope, k=20)}


async def test_an_abandoned_reply_is_never_recalled(swiped, scope):
    assert await seen(swiped, scope) == {"u1", "a1", "u2", "b2"}
    assert await swiped.count(scope) == 4


async def test_other_threads_see_only_the_living_branch(swiped):
    assert await seen(swiped, Scope(character="holmes", user="anna", thread="t2")) == {"u1", "a1", "u2", "b2"}
    assert await seen(swiped, Scope(character="holmes", user="anna")) == {"u1", "a1", "u2", "b2"}


async def test_a_branch_comes_back_when_it_is_continued(swiped, scope):
    branch = ("u1", "a1", "u2", "a2")
    assert await seen(swiped, scope.model_copy(update={"lineage": branch})) == set(branch)
    await swiped.settle_branch(scope, turn=2, message_ids=branch)
    assert await seen(swiped, scope) == set(branch)


async def test_before_its_first_message_a_branch_has_seen_nothing_of_its_thread(swiped, scope, memory):
    await swiped.remember([memory("Herbal tea", thread="t2", message_id="x")])
    assert await seen(swiped, scope.model_copy(update={"lineage": ()})) == {"x"}


async def test_an_abandoned_memory_can_not_be_fetched_by_its_id(swiped, scope, memory):
    ghost = memory("Black tea", message_id="a2")
    assert await swiped.fetch([ghost.id], scope=scope) == []


async def test_what_was_made_of_no_message_stays_until_its_turn_is_abandoned(bank, memory, scope):
    await bank.remember([memory("Tea is served at five", turn=1)])
    here = scope.model_copy(update={"lineage": ("u1",)})
    assert await bank.count(here) == 1
    await bank.settle_branch(scope, turn=1, message_ids=["u1"])
    assert await bank.count(here) == 0


async def test_settling_touches_no_other_thread_user_or_character(bank, memory, scope):
    others = [{"thread": "t2"}, {"user": "bob"}, {"character": "watson"}]
    await bank.remember([memory("Tea", message_id="m", turn=5, **other) for other in others])
    await bank.settle_branch(scope, turn=0, message_ids=[])
    for other in others:
        assert await bank.count(scope.model_copy(update=other | {"thread": "t9"})) == 1


async def test_a_branch_can_not_be_settled_without_a_thread(bank):
    with pytest.raises(ValueError, match="thread"):
        await bank.settle_branch(Scope(character="holmes", user="anna"), turn=1, message_ids=["u1"])
