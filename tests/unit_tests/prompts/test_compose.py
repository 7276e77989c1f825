"""The prompt: a prefix that never changes, a tail that holds what does."""

import itertools
from dataclasses import replace

from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.prompts.budget import Budget, estimate_tokens
from langgraph_roleplay.prompts.compose import Scene, compose_prefix, compose_prompt

SCENE = Scene(
    char="Alice",
    user="Ada",
    language="en",
    description="A curious girl.",
    greeting="Oh! Who are you?",
    examples=[(("user", "Are you lost?"), ("char", "Only a little."))],
)
BUDGET = Budget(600)


def compose(scene=SCENE, message="Hello.", history=(), **others):
    return compose_prompt(scene, history=history, message=message, budget=BUDGET, **others)


def test_the_prefix_is_the_same_whatever_memory_lore_plan_and_message_are():
    plan = {"intent": "i", "emotion": "e", "goal": "g", "avoid": "a", "source": "json"}
    busy = replace(SCENE, memories=["Ada said: x"], lore=["Tea is at six."], plan=plan)
    prefix = compose_prefix(SCENE, budget=BUDGET)
    for scene in (SCENE, busy):
        assert compose(scene).messages[: len(prefix)] == prefix


def test_memory_plan_and_lore_stand_beside_the_users_message():
    plan = {"intent": "tease her", "emotion": "e", "goal": "g", "avoid": "a", "source": "json"}
    tail = compose(replace(SCENE, memories=["Ada said: x"], lore=["Tea is at six."], plan=plan)).messages[-1].text
    assert tail.endswith("Hello.")
    assert [word in tail for word in ("Ada said: x", "Tea is at six.", "tease her")] == [True] * 3


def test_a_plan_by_rule_is_not_worth_its_tokens():
    plan = {"intent": "answer", "emotion": "", "goal": "", "avoid": "", "source": "rule"}
    assert compose(replace(SCENE, plan=plan)).messages[-1].text == "Hello."


def test_a_huge_persona_message_and_history_keep_to_the_budget():
    scene = replace(SCENE, description="word " * 5000, examples=[(("user", "x " * 3000), ("char", "y"))])
    history = [kind("z " * 3000) for _ in range(9) for kind in (HumanMessage, AIMessage)]
    composition = compose(scene, message="m " * 50_000, history=history, remark="r")
    assert sum(estimate_tokens(message.text) for message in composition.messages) < 600 * 1.25
    assert composition.messages[-1].text.endswith("m m ")
    cut = {note["piece"] for note in composition.report if note["kept"] < note["tokens"]}
    assert {"persona", "example 1", "history", "message"} <= cut


def test_no_two_messages_of_one_role_stand_side_by_side():
    history = [HumanMessage("a"), HumanMessage("b"), AIMessage("c"), AIMessage("d")]
    types = [message.type for message in compose(history=history).messages]
    assert all(first != second for first, second in itertools.pairwise(types))


def test_the_rules_are_the_secret_of_a_prompt():
    composition = compose()
    assert composition.secrets[0] in composition.messages[0].text


def test_a_long_greeting_is_shortened_to_its_share_of_the_prefix():
    greeting = f"Oh! Who are you? {'word ' * 6000}Come in."
    prefix = compose_prefix(replace(SCENE, greeting=greeting), budget=BUDGET)
    assert estimate_tokens(prefix[-1].text) <= BUDGET.prefix // 3
    assert prefix[-1].text.startswith("Oh! Who are you?")
    assert sum(estimate_tokens(message.text) for message in prefix) < 1.25 * BUDGET.prefix


def test_memories_that_do_not_all_fit_give_way_one_by_one_the_best_stay():
    memories = [f"Ada said: number {n} {'of my bees ' * 17}." for n in range(4)]
    composition = compose(replace(SCENE, memories=memories))
    kept = {note["piece"]: note["kept"] for note in composition.report if note["piece"].startswith("memory")}
    assert list(kept) == ["memory 1", "memory 2", "memory 3", "memory 4"]
    assert kept["memory 1"] > 0 < kept["memory 2"]
    assert kept["memory 4"] == 0
    tail = composition.messages[-1].text
    assert ["number 0" in tail, "number 1" in tail, "number 3" in tail] == [True, True, False]
    assert estimate_tokens(tail) <= BUDGET.tail


def test_one_huge_memory_leaves_room_for_lore():
    tail = compose(replace(SCENE, memories=["Ada said: bees " * 900], lore=["Tea is at six.", "x " * 9000])).messages[
        -1
    ]
    assert all(words in tail.text for words in ("Ada said: bees", "Tea is at six."))
    assert estimate_tokens(tail.text) <= BUDGET.tail
