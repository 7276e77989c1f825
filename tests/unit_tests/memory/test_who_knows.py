"""Who knows what: ten characters, secrets told to some of them, and nobody recalls what it may not know."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langgraph_roleplay.memory import Memory, MemoryBank, Scope

CAST = [f"character-{n}" for n in range(10)]
KNOWERS = st.sets(st.sampled_from(CAST), min_size=1, max_size=10)


def secret_of(knowers, number, **fields):
    teller, *others = sorted(knowers)
    known = {"speaker": teller, "character": teller, "user": "anna", "thread": "t", "observers": (teller, *others)}
    return Memory(text=f"The secret of the letter is number {number}.", **known | fields)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(KNOWERS, st.sampled_from(["open", "secret"])), min_size=1, max_size=12), KNOWERS)
def test_a_character_recalls_what_it_was_told_and_nothing_else(embeddings, told, audience):
    async def leaks():
        bank = await MemoryBank.open(":memory:", embeddings=embeddings)
        secrets = [secret_of(knowers, n, secrecy=secrecy) for n, (knowers, secrecy) in enumerate(told)]
        await bank.remember(secrets)
        for character in CAST:
            scope = Scope(character=character, user="anna", audience=tuple(audience))
            hits = await bank.recall("the secret of the letter", scope=scope, k=50)
            listeners = {*audience, character}
            allowed = {
                secret.id
                for secret in secrets
                if character in secret.observers and (secret.secrecy == "open" or listeners <= {*secret.observers})
            }
            assert {hit.memory.id for hit in hits} == allowed
            assert await bank.count(scope) == len(allowed)
            assert {memory.id for memory in await bank.fetch([s.id for s in secrets], scope=scope)} == allowed
        await bank.close()

    asyncio.run(leaks())


async def test_what_nobody_observed_is_the_owners_alone(bank, memory, scope):
    await bank.remember([memory("The letter is in the desk")])
    assert await bank.count(scope) == 1
    assert await bank.count(scope.model_copy(update={"character": "watson"})) == 0


async def test_a_false_belief_is_recalled_as_the_character_holds_it(bank, memory, scope):
    lie = memory("The letter was burned", source="told", told_by="moriarty", truth=False, confidence=0.6)
    await bank.remember([lie])
    [hit] = await bank.recall("Where is the letter?", scope=scope)
    assert hit.memory == lie


@pytest.mark.parametrize(("now", "known"), [(None, {3.0, 7.0, None}), (5.0, {3.0, None}), (7.0, {3.0, 7.0, None})])
async def test_what_happens_later_in_the_story_is_not_known_yet(bank, memory, scope, now, known):
    await bank.remember([memory(f"The letter, chapter {when}", story_time=when) for when in (3.0, 7.0, None)])
    hits = await bank.recall("letter", scope=scope.model_copy(update={"story_time": now}))
    assert {hit.memory.story_time for hit in hits} == known


async def test_the_words_of_others_do_not_skew_what_is_rare(bank, memory, scope):
    await bank.remember([memory("The letter is blue"), memory("Tea is served")])
    [before] = await bank.recall("blue letter", scope=scope)
    await bank.remember([memory("A blue letter", user="bob") for _ in range(30)])
    [after] = await bank.recall("blue letter", scope=scope)
    assert before.why.bm25 == after.why.bm25
