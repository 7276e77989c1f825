"""What the director and the critic are asked stands in the prompt of the reply, and keeps to its budget."""

import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.prompts.budget import ESTIMATE, estimate_tokens
from langgraph_roleplay.resources import Resources

PLAN = json.dumps({"intent": "listen", "emotion": "calm", "goal": "help", "avoid": "boasting"})
KEEP = json.dumps({"reason": "nothing", "verdict": "keep"})


def size(messages):
    return sum(estimate_tokens(message.text) + ESTIMATE.per_message for message in messages) + ESTIMATE.overhead


@pytest.fixture
def play(bank):
    """Runs turns on `deep` and gives the calls of the last one: plan, reply, critique."""

    async def run(*turns):
        model = ScriptedChatModel([PLAN, "It is late, and I have been out.", KEEP, PLAN, "No: the rain is over.", KEEP])
        graph = build_turn(Resources(model=model, memory=bank)).compile(checkpointer=InMemorySaver())
        for said in turns:
            config = {"configurable": {"thread_id": "t"}}
            await graph.ainvoke({"messages": said}, config, context=Context(thinking="deep"))
        return Resources(model=model).profile(Context()), model.calls[-3:]

    return run


async def test_all_calls_of_a_turn_begin_alike_up_to_the_users_message(play):
    _, (planned, spoken, judged) = await play(
        [HumanMessage("Good evening.")], [HumanMessage("Tell me of your violin.")]
    )
    assert planned[:-1] == spoken[:-1] == judged[:-1]
    notes = spoken[-1].text.partition("(Sherlock Holmes means to")[0]
    assert "knows:" in notes or "remembers:" in notes
    for asked in (planned, judged):
        assert asked[-1].text.startswith(f"{notes}Tell me of your violin.\n\n[Out of the role")


async def test_a_long_history_and_message_do_not_swell_any_call(play):
    said = [HumanMessage("rain " * 40_000), AIMessage("fog " * 40_000), HumanMessage("And then? " * 20_000)]
    profile, calls = await play(said)
    for call in calls:
        assert size(call) <= profile.prompt_tokens
        assert "rain rain" in call[-3].text
        assert "fog fog" in call[-2].text
        assert "And then?" in call[-1].text


async def test_the_critic_is_shown_the_draft_and_not_the_plan(play):
    _, (_, spoken, judged) = await play([HumanMessage("Good evening.")])
    assert "means to: listen" in spoken[-1].text
    assert "means to: listen" not in judged[-1].text
    assert '"It is late, and I have been out."' in judged[-1].text
