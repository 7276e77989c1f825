"""Counts of the embedded model's own tokenizer, and prompts that keep to its budget."""

from dataclasses import replace

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from langgraph_roleplay.models import fit_roles, load_chat_model, profile_of, tokens_of
from langgraph_roleplay.prompts.budget import Budget
from langgraph_roleplay.prompts.compose import Scene, compose_prompt
from langgraph_roleplay.prompts.sections import Piece

SMOLLM2 = "embedded:smollm2"
ENGLISH = (
    "He keeps his tobacco in a slipper, plays the violin at odd hours and despairs without a case; 1889, No. 221B. "
)
CHINESE = "今天天气很好，我们去公园散步吧。他说他从来没有见过这么大的石头，孙悟空一跃而起，翻了个筋斗云。"


@pytest.fixture
def model(weights_settings):
    return load_chat_model(SMOLLM2, settings=weights_settings).model_copy(update={"max_tokens": 1})


async def test_the_embedded_server_counts_exactly_and_says_which_roles_it_takes(model):
    tokens = await tokens_of(model, profile_of(SMOLLM2))
    assert tokens.counter.exact
    assert tokens.profile.system_role
    assert not tokens.profile.alternates
    said = [SystemMessage("You are Holmes."), HumanMessage(ENGLISH), AIMessage("Indeed?"), HumanMessage(CHINESE)]
    counted = sum(tokens.counter.count(message.text) + tokens.counter.per_message for message in said)
    answer = await model.ainvoke(said)
    taken = answer.usage_metadata["input_tokens"]
    assert taken <= counted + tokens.counter.overhead <= taken + 8


async def test_texts_that_are_counted_together_count_like_one_by_one(model):
    counter = (await tokens_of(model, profile_of(SMOLLM2))).counter
    # Some begin with a space, a quotation mark, a number: what a separator could be taken for, or melt into.
    texts = [ENGLISH * number + CHINESE for number in range(1, 5)] + ['"', " ", '" "', "!", "-1", "1", "\n\n", "<s>"]
    counter.prepare(texts)
    together = [counter.count(text) for text in texts]
    counter._server._counts.clear()
    assert [counter.count(text) for text in texts] == together
    assert counter._server._takes_many
    assert counter.exact


@pytest.mark.parametrize("words", [ENGLISH, CHINESE])
@pytest.mark.parametrize("budget", [400, 1000])
async def test_a_prompt_keeps_to_its_budget_by_the_models_own_count(model, words, budget):
    tokens = await tokens_of(model, profile_of(SMOLLM2))
    piece = Piece(name="x", text=words * 4, source="memory", place="before_char")
    scene = Scene(
        char="Holmes",
        user="Ada",
        language="en",
        description=words * 30,
        scenario=words,
        user_description=words,
        system_prompt=words,
        greeting=words * 5,
        examples=[(("user", words), ("char", words))] * 3,
        memories=[piece] * 4,
        passages=[piece] * 2,
        lore=[piece, replace(piece, constant=True), replace(piece, place="at_depth", depth=3)],
    )
    history = [kind(words * (number % 3)) for number in range(20) for kind in (HumanMessage, AIMessage)]
    composed = compose_prompt(
        scene, history=history, message=words * 9, budget=Budget(budget), counter=tokens.counter, reserve=100
    )
    answer = await model.ainvoke(fit_roles(composed.messages, tokens.profile))
    taken = answer.usage_metadata["input_tokens"]
    assert 0.75 * budget <= taken <= budget
    assert all(note["counted"] for note in composed.report)
