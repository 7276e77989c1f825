import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import Memory, MemoryBank, Scope, Selection, filters
from langgraph_roleplay.memory import bank as bank_module
from langgraph_roleplay.memory.home import Fingerprint
from langgraph_roleplay.memory.vectors import Vectorizer
from langgraph_roleplay.models import ScriptedEmbeddings


def texts(hits):
    return [hit.memory.text for hit in hits]


async def test_what_was_said_is_recalled_word_for_word(bank, memory, scope):
    said = memory("My name is Anna.", turn=3, session="s", metadata={"mood": ["calm", None]}, message_id="m1")
    assert await bank.remember([said]) == [said.id]
    [hit] = await bank.recall("What is my name?", scope=scope)
    assert hit.memory == said
    assert hit.why.bm25
    assert "bm25" in hit.why.text


async def test_recall_returns_nothing_for_a_stranger(bank, memory, scope):
    await bank.remember([memory("My name is Anna.")])
    for stranger in (scope.model_copy(update={"user": "bob"}), scope.model_copy(update={"character": "watson"})):
        assert await bank.recall("What is my name?", scope=stranger) == []
        assert await bank.count(stranger) == 0


async def test_fetch_gives_what_the_scope_may_see_in_the_given_order(bank, memory, scope):
    one, two, other = memory("One."), memory("Two."), memory("Secret.", user="bob")
    await bank.remember([one, two, other])
    ids = [two.id, other.id, str(uuid.uuid4()), "no id at all", one.id.upper()]
    assert await bank.fetch(ids, scope=scope) == [two, one]


@pytest.mark.parametrize("act", ["forget", "retract", "settle_branch", "edit"])
async def test_what_was_just_recalled_is_fetched_as_it_is_by_now(bank, memory, scope, act):
    said = memory("I like tea", message_id="m1", key="h1", turn=1)
    await bank.remember([said])
    await bank.recall("tea", scope=scope)
    act_on = {
        "forget": lambda: bank.forget(scope),
        "retract": lambda: bank.retract(scope, message_ids=["m1"]),
        "settle_branch": lambda: bank.settle_branch(scope.model_copy(update={"branch": ("h2",)}), turn=1),
        "edit": lambda: bank.edit(said.id, "I like rain", user="anna"),
    }
    await act_on[act]()
    found = [memory.text for memory in await bank.fetch([said.id], scope=scope)]
    assert found == (["I like rain"] if act == "edit" else [])


async def test_what_another_process_has_forgotten_is_not_fetched_for_long(bank, memory, scope, monkeypatch):
    said = memory("I like tea")
    await bank.remember([said])
    await bank.recall("tea", scope=scope)
    await bank.home.delete(filters.among("anna", [said.id]))
    monkeypatch.setattr(bank_module, "_FRESH_FOR", 0.0)
    assert await bank.fetch([said.id], scope=scope) == []


async def test_a_character_recalls_only_what_it_knows(bank, memory, scope):
    await bank.remember(
        [memory("The letter is a forgery.", observers=("watson",)), memory("The letter came.", observers=("holmes",))]
    )
    assert texts(await bank.recall("the letter", scope=scope)) == ["The letter came."]


async def test_a_node_that_runs_twice_writes_one_memory(bank, memory, scope):
    for _ in range(2):
        await bank.remember([memory("My name is Anna.", message_id="m1")])
    assert await bank.count(scope) == 1


async def test_what_is_there_already_is_left_as_it_is(bank, memory, scope):
    [first] = await bank.remember([memory("My name is Anna.", message_id="m1")])
    await bank.remember([memory("My name is Bob.", message_id="m1")])
    assert [found.text for found in await bank.fetch([first], scope=scope)] == ["My name is Anna."]


async def test_the_same_text_said_twice_is_two_memories(bank, memory, scope):
    await bank.remember([memory("Tea, please."), memory("Tea, please."), memory("Tea, please.", key="h1")])
    assert await bank.count(scope) == 3


async def test_the_same_words_of_the_same_speaker_are_shown_once_and_newest(bank, memory, scope):
    old = datetime(2026, 1, 1, tzinfo=UTC)
    said = [memory("I like tea", at=old), memory("I  LIKE tea"), memory("I like tea", speaker="holmes", at=old)]
    await bank.remember(said)
    hits = await bank.recall("tea", scope=scope)
    assert {hit.memory.id for hit in hits} == {said[1].id, said[2].id}
    assert await bank.count(scope) == 3


async def test_the_newer_of_two_equally_relevant_memories_comes_first(bank, memory, scope):
    now = datetime.now(UTC)
    said = [memory(f"Tea at {place}", at=now - timedelta(days=age)) for place, age in (("home", 90), ("sea", 0))]
    await bank.remember(said)
    assert texts(await bank.recall("tea", scope=scope)) == ["Tea at sea", "Tea at home"]


async def test_relevance_beats_recency(bank, memory, scope):
    old = datetime(2020, 1, 1, tzinfo=UTC)
    await bank.remember([memory("The blue letter lay on the desk", at=old), memory("The desk is blue")])
    assert texts(await bank.recall("blue letter desk", scope=scope))[0] == "The blue letter lay on the desk"


async def test_the_same_question_gives_the_same_list(bank, memory, scope):
    await bank.remember([memory(f"Tea number {number}") for number in range(40)])
    lists = [texts(await bank.recall("tea number", scope=scope, k=10)) for _ in range(3)]
    assert lists[0] == lists[1] == lists[2]
    assert len(lists[0]) == 10


async def test_what_is_irrelevant_is_not_recalled(bank, memory, scope):
    await bank.remember([memory("My name is Anna.")])
    assert await bank.recall("quantum chromodynamics", scope=scope) == []


async def test_neighbouring_turns_come_along_when_asked_for(bank, memory, scope):
    said = [memory(f"Line {n}", turn=n, key=f"h{n}") for n in range(6)]
    others = [memory("Elsewhere", turn=3, thread="t2"), memory("Of Bob", turn=3, user="bob")]
    await bank.remember([*said, *others, memory("The letter is blue", turn=3, key="a3")])
    [hit] = await bank.recall("blue letter", scope=scope, k=1, around=1)
    assert [one.text for one in hit.around] == ["Line 2", "Line 3", "Line 4"]
    branch = scope.model_copy(update={"branch": ("h2", "h3", "a3")})
    [hit] = await bank.recall("blue letter", scope=branch, k=1, around=1)
    assert [one.text for one in hit.around] == ["Line 2", "Line 3"]
    [alone] = await bank.recall("blue letter", scope=scope, k=1)
    assert alone.around == ()


async def test_messages_in_the_prompt_are_left_out(bank, memory, scope):
    await bank.remember([memory("I like tea", message_id="m1"), memory("I like green tea", message_id="m2")])
    assert texts(await bank.recall("tea", scope=scope, exclude={"m2"})) == ["I like tea"]


@pytest.mark.parametrize("text", ["😀", "nul \0 and \x1b control", "我叫王小明", "x" * 200_000, "   "])
async def test_any_text_can_be_kept_and_asked_for(bank, memory, scope, text):
    said = memory(text)
    await bank.remember([said])
    await bank.recall(text, scope=scope)
    assert await bank.fetch([said.id], scope=scope) == [said]


@pytest.mark.parametrize(("query", "k"), [("", 8), ("  \n", 8), ("tea", 0), ("😀", 8), ("\ud800", 8)])
async def test_a_question_without_words_recalls_nothing(bank, memory, scope, query, k):
    await bank.remember([memory("I like tea")])
    assert await bank.recall(query, scope=scope, k=k) == []


async def test_chinese_is_found_by_its_words(bank, memory, scope):
    await bank.remember([memory("我叫王小明"), memory("今天下雨")])
    assert texts(await bank.recall("王小明是谁", scope=scope)) == ["我叫王小明"]


async def test_a_model_that_gives_no_number_leaves_recall_to_words(bank, memory, scope, embeddings, monkeypatch):
    monkeypatch.setattr(embeddings, "embed_query", lambda text: [float("nan")] * 64)
    await bank.remember([memory("I like tea")])
    [hit] = await bank.recall("tea", scope=scope)
    assert hit.why.dense is None


async def test_without_bm25_recall_goes_by_meaning_alone(embeddings, memory, scope, monkeypatch):
    monkeypatch.setattr("langgraph_roleplay.memory.vectors.has_qdrant_edge", lambda: False)
    bank = await MemoryBank.open(":memory:", embeddings=embeddings)
    await bank.remember([memory("I like tea"), memory("Rain today")])
    [hit] = await bank.recall("I like tea", scope=scope)
    assert hit.why.bm25 is None
    await bank.close()


async def test_an_embedding_is_told_by_its_model_not_by_its_class():
    class Renamed(ScriptedEmbeddings):
        pass

    made = [(await Vectorizer.create(kind())).fingerprint for kind in (ScriptedEmbeddings, Renamed)]
    assert made == [Fingerprint("scripted", 64)] * 2


async def test_a_model_that_changes_its_dimension_is_named(bank, memory, embeddings):
    embeddings.dimension = 32
    with pytest.raises(MemoryUnavailable, match=r"bag-of-words \(64 dimensions\) now gives vectors of 32"):
        await bank.remember([memory("I like tea")])


async def test_forgetting_a_thread_leaves_the_others(bank, memory, scope):
    await bank.remember([memory("Tea"), memory("More tea", thread="t2"), memory("Bob's tea", user="bob")])
    assert (await bank.forget(scope)).memories == 1
    assert texts(await bank.recall("tea", scope=scope)) == ["More tea"]


async def test_forgetting_a_user_leaves_nothing_of_it_and_all_of_others(bank, memory, scope):
    await bank.remember([memory("Tea"), memory("More tea", thread="t2"), memory("Bob's tea", user="bob")])
    assert (await bank.forget(user="anna")).memories == 2
    assert await bank.count(scope) == 0
    assert await bank.count(Scope(character="holmes", user="bob")) == 1


async def test_forgetting_a_selection_is_refused_before_it_deletes_too_much(bank, memory, scope):
    await bank.remember([memory("Tea"), memory("More tea")])
    with pytest.raises(TypeError, match="Selection"):
        await bank.forget(Selection(user="anna", ids=("x",)))
    assert await bank.count(scope) == 2


NAMES = st.sampled_from(["anna", "bob", "anna ", "ANNA", "an*a"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(NAMES, NAMES, st.sampled_from(["tea", "tea and rain"])), min_size=1, max_size=8), NAMES, NAMES
)
def test_no_recall_ever_returns_the_memory_of_another(embeddings, said, user, character):
    import asyncio

    async def recall():
        bank = await MemoryBank.open(":memory:", embeddings=embeddings)
        await bank.remember(Memory(text=t, speaker="x", user=u, character=c, thread="t") for u, c, t in said)
        scope = Scope(user=user, character=character)
        hits = [hit.memory for hit in await bank.recall("tea", scope=scope, k=50)]
        assert all((found.user, found.character) == (user, character) for found in hits)
        assert {found.text for found in hits} == {t for u, c, t in said if (u, c) == (user, character)}
        await bank.close()

    asyncio.run(recall())
