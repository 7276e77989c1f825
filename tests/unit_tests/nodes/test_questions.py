"""What the director and the critic are asked keeps to the budget, however long everything is."""

import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.nodes._scene import shared_variables
from langgraph_roleplay.prompts.budget import Budget, estimate_tokens
from langgraph_roleplay.prompts.compose import Scene
from langgraph_roleplay.resources import Resources

PLAN = json.dumps({"intent": "listen", "emotion": "calm", "goal": "help", "avoid": "boasting"})
KEEP = json.dumps({"reason": "nothing", "verdict": "keep"})
BUDGET = Budget(600)
LONG = Scene(
    char="Alice",
    user="Ada",
    language="en",
    description="A curious girl. " * 2000,
    memories=["Ada said: I keep bees. " * 200] * 4,
    lore=["Tea is at six. " * 200] * 4,
)


async def test_a_long_history_does_not_swell_the_question_for_a_plan(bank):
    model = ScriptedChatModel([PLAN, "It is late.", KEEP])
    resources = Resources(model=model, memory=bank)
    said = [HumanMessage("rain " * 40_000), AIMessage("fog " * 40_000), HumanMessage("And then?")]
    await build_turn(resources).compile().ainvoke({"messages": said}, context=Context(thinking="deep"))
    budget = resources.profile(Context()).prompt_tokens
    assert max(estimate_tokens(call[-1].text) for call in model.calls) < 1.25 * budget
    assert "rain rain" in model.calls[0][-1].text
    assert "fog fog" in model.calls[0][-1].text


@pytest.mark.parametrize("message", ["Hello.", "word " * 40_000])
def test_long_notes_persona_and_message_are_told_within_their_shares(message):
    told = shared_variables({"messages": [HumanMessage(message)]}, LONG, budget=BUDGET)
    assert sum(map(estimate_tokens, told.values())) <= BUDGET.tokens
    assert all(word in told["notes"] for word in ("I keep bees", "remembers"))


def test_the_plan_is_not_among_the_notes_for_the_critic_and_no_notes_are_said_to_be_none():
    plan = {"intent": "tease", "emotion": "e", "goal": "g", "avoid": "a", "source": "json"}
    scene = Scene(char="Alice", user="Ada", language="en", description="A girl.", plan=plan)
    assert shared_variables({"messages": [HumanMessage("Hi")]}, scene, budget=BUDGET)["notes"] == "(nothing)"
