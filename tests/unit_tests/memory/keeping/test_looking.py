"""What hangs together, and who remembers anything of a user; never anything of another user's."""

from langgraph_roleplay.memory import Selection, filters
from langgraph_roleplay.memory.keeping.looking import browse_found, characters_of, move_keys, replacing, resting_on


async def test_every_character_that_remembers_a_user_is_found(bank, memory):
    await bank.remember([memory(f"{name} {n}", character=name) for n in range(50) for name in ("holmes", "alice")])
    await bank.remember([memory("one", character="nemo", user="ben")])
    assert await characters_of(bank.home, "anna") == ["alice", "holmes"]
    assert await characters_of(bank.home, "nobody") == []


async def test_what_rests_on_a_memory_and_what_replaces_it_is_found_within_the_user(bank, memory):
    old = memory("She lives in Bath.", kind="fact")
    new = memory("She lives in York.", kind="fact", supersedes=(old.id,))
    thought = memory("She moves about.", kind="reflection", evidence=(old.id,))
    foreign = memory("Not hers.", user="ben", evidence=(old.id,), supersedes=(old.id,))
    await bank.remember([old, new, thought, foreign])
    assert [each.text for each in await replacing(bank.home, old)] == ["She lives in York."]
    assert [each.text for each in await resting_on(bank.home, old)] == ["She moves about."]


async def test_keys_are_moved_in_one_conversation_alone(bank, memory):
    await bank.remember([memory("a", key="k1"), memory("b", key="k2"), memory("c", key="k1", thread="t2")])
    await move_keys(bank.home, user="anna", thread="t1", moves={"k1": "n1"})
    keys = {each.text: each.key async for each in bank.browse(Selection(user="anna"))}
    assert keys == {"a": "n1", "b": "k2", "c": "k1"}


async def test_what_became_of_a_memory_is_found_with_it(bank, memory, scope):
    lost, living = memory("left", kind="fact"), memory("lives")
    old, older = memory("Bath"), memory("Kent")
    await bank.remember([lost, living, old, older, memory("taken back", message_id="m1")])
    await bank.remember([memory("York", supersedes=(old.id,)), memory("away", supersedes=(older.id,))])
    await bank.retract(scope, message_ids=["m1"])
    for text in ("left", "away"):
        [known] = [each.id async for each in bank.browse(Selection(user="anna")) if each.text == text]
        await bank.home.mark(filters.among("anna", [known]), {"abandoned": 1})
    found = {each.memory.text: each[1:] async for each in browse_found(bank.home, Selection(user="anna"))}
    assert found == {
        "left": (False, True, False),
        "lives": (False, False, False),
        "Bath": (False, False, True),
        "Kent": (False, False, False),  # what replaced it was left with its branch
        "York": (False, False, False),
        "away": (False, True, False),
        "taken back": (True, False, False),
    }
    chosen = Selection(user="anna", kind="fact")
    assert [each.memory.text async for each in browse_found(bank.home, chosen)] == ["left"]
