import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from langgraph_roleplay.memory import Scope, branch_keys, branches, filters, turns_on

TALK = [HumanMessage("I like tea"), AIMessage("Tea it is"), HumanMessage("Which tea?"), AIMessage("Black tea")]
REDONE = [*TALK[:3], AIMessage("Green tea")]
OLD, NEW = branch_keys(TALK), branch_keys(REDONE)

TEXTS = st.sampled_from(["tea", "rain", "", "茶"])
TALKS = st.lists(st.tuples(st.sampled_from([HumanMessage, AIMessage]), TEXTS), min_size=1, max_size=12)


def said(talk):
    return [kind(text) for kind, text in talk]


def test_a_key_depends_on_all_that_was_said_before_and_on_nothing_else():
    assert OLD[:3] == NEW[:3]
    assert OLD[3] != NEW[3]
    renamed = [message.model_copy(update={"id": f"other-{n}"}) for n, message in enumerate(TALK)]
    assert branch_keys([SystemMessage("Be brief."), *renamed]) == OLD


def test_who_says_it_makes_another_key():
    assert branch_keys([HumanMessage("tea")]) != branch_keys([AIMessage("tea")])


def test_turns_are_the_messages_of_the_user():
    assert turns_on(OLD) == 2
    assert turns_on(()) == 0


@given(TALKS, st.integers(0, 11))
def test_what_a_host_trims_stays_on_the_branch(talk, cut):
    whole = said(talk)
    known = branch_keys(whole)
    rest = [*whole[min(cut, len(whole) - 1) :], HumanMessage("And then?")]
    grown = branch_keys(rest, known=known)
    if whole.count(rest[0]) == 1:  # else it may be the start as well
        assert grown == branch_keys([*whole, HumanMessage("And then?")])


@given(TALKS, st.lists(st.sampled_from(["so", "no"]), max_size=3))
def test_a_whole_history_has_the_same_keys_whatever_was_known(talk, other):
    whole = said(talk)
    known = branch_keys([whole[0], *map(AIMessage, other)])
    assert branch_keys(whole, known=known) == branch_keys(whole)


def test_the_keys_are_worked_out_anew_for_what_was_edited_deleted_or_trimmed():
    talk = [message.model_copy(update={"id": str(number)}) for number, message in enumerate(TALK)]
    assert branch_keys(talk) == branch_keys(talk) == OLD
    talk[3].content = "Green tea"  # the same id, the same object
    assert branch_keys(talk) == NEW
    talk[3].content = [{"type": "text", "text": "Black tea"}]
    assert branch_keys(talk) == OLD
    assert branch_keys(talk[:3]) == OLD[:3]
    assert branch_keys(talk[2:], known=OLD) == OLD
    assert branch_keys(talk[2:], known=NEW[:3]) == OLD
    assert branch_keys(talk[2:]) != OLD[2:]


@given(TALKS, TALKS)
def test_what_was_asked_for_before_changes_no_key(talk, other):
    whole, known = said(talk), branch_keys(said(other))
    asked = branch_keys(whole, known=known)
    assert branch_keys(whole, known=list(known)) == asked
    branches._lately.clear()
    assert branch_keys(whole, known=known) == asked


def test_a_branch_that_was_just_asked_for_is_not_hashed_again(monkeypatch):
    branch_keys(TALK)
    monkeypatch.setattr(branches, "_key", None)
    assert branch_keys(TALK) == OLD


def test_only_so_many_branches_are_kept():
    for number in range(99):
        branch_keys([HumanMessage(f"{number}")])
    assert len(branches._lately) == 32


@pytest.fixture
async def swiped(bank, memory, scope):
    """Turn 1 was lived; of turn 2 the reply was redone."""
    texts = [message.text for message in TALK]
    await bank.remember(
        [memory(text, key=key, turn=1 + n // 2) for n, (text, key) in enumerate(zip(texts, OLD, strict=True))]
    )
    await bank.remember([memory("Green tea", key=NEW[3], turn=2)])
    await bank.settle_branch(scope.model_copy(update={"branch": NEW}), turn=2)
    return bank


async def seen(bank, scope):
    return {hit.memory.key for hit in await bank.recall("tea", scope=scope, k=20)}


async def test_an_abandoned_reply_is_never_recalled(swiped, scope):
    assert await seen(swiped, scope) == set(NEW)
    assert await swiped.count(scope) == 4


async def test_other_threads_see_only_the_living_branch(swiped):
    assert await seen(swiped, Scope(character="holmes", user="anna", thread="t2")) == set(NEW)
    assert await seen(swiped, Scope(character="holmes", user="anna")) == set(NEW)


async def test_a_branch_comes_back_when_it_is_continued(swiped, scope):
    back = scope.model_copy(update={"branch": OLD})
    assert await seen(swiped, back) == set(OLD)
    await swiped.settle_branch(back, turn=2)
    assert await seen(swiped, scope) == set(OLD)


async def test_before_its_first_message_a_branch_has_seen_nothing_of_its_thread(swiped, scope, memory):
    await swiped.remember([memory("Herbal tea", thread="t2", key="x")])
    assert await seen(swiped, scope.model_copy(update={"branch": ()})) == {"x"}


async def test_an_abandoned_memory_can_not_be_fetched_by_its_id(swiped, scope, memory):
    ghost = memory("Black tea", key=OLD[3])
    assert await swiped.fetch([ghost.id], scope=scope) == []


async def test_writing_a_message_again_does_not_bring_its_branch_back(swiped, scope, memory):
    await swiped.remember([memory("Black tea", key=OLD[3], turn=2)])
    assert await seen(swiped, scope) == set(NEW)


async def test_what_was_made_of_no_message_stands_on_every_branch(bank, memory, scope):
    await bank.remember([memory("Tea is served at five", turn=1)])
    here = scope.model_copy(update={"branch": ("h1",)})
    await bank.settle_branch(here, turn=1)
    assert await bank.count(here) == 1


async def test_settling_touches_no_other_thread_user_or_character(bank, memory, scope):
    others = [{"thread": "t2"}, {"user": "bob"}, {"character": "watson"}]
    await bank.remember([memory("Tea", key="k", turn=5, **other) for other in others])
    await bank.settle_branch(scope.model_copy(update={"branch": ()}), turn=0)
    for other in others:
        assert await bank.count(scope.model_copy(update=other | {"thread": "t9"})) == 1


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        (Scope(character="holmes", user="anna", branch=("h1",)), "thread"),
        (Scope(character="holmes", user="anna", thread="t"), "branch"),
    ],
)
async def test_a_branch_can_not_be_settled_without_its_thread_and_keys(bank, scope, missing):
    with pytest.raises(ValueError, match=missing):
        await bank.settle_branch(scope, turn=1)


async def test_what_was_left_and_has_no_place_of_its_own_is_not_seen_in_its_thread_either(bank, scope, memory):
    rumour = memory("The tea is poisoned")
    await bank.remember([rumour])
    await bank.home.mark(filters.among("anna", [rumour.id]), {"abandoned": 1})  # with what it rests on
    for branch in (None, (), ("h1",)):
        assert await bank.recall("tea", scope=scope.model_copy(update={"branch": branch})) == []
