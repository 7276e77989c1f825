"""A turn has limits: another model when one fails, a count of what was taken, and caps on it."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay import resources as module
from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

TOKENS = {"input_tokens": 400, "output_tokens": 100, "total_tokens": 500}
SETTINGS = Settings(model="openai:first", price="1/2")
PLAN = '{"intent": "greet", "emotion": "calm", "goal": "help", "avoid": "boasting"}'


def counted(text: str, **others: Any) -> AIMessage:
    return AIMessage(text, usage_metadata=TOKENS, **others)


@pytest.fixture
def play(bank, monkeypatch):
    """Runs one turn with models by name; returns the state it ends in."""

    async def run(models: dict[str, ScriptedChatModel], context: Context) -> dict[str, Any]:
        monkeypatch.setattr(module, "load_chat_model", lambda spec, *, settings: models[spec])
        graph = build_turn(Resources(settings=SETTINGS, memory=bank)).compile(checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": "t"}}
        await graph.ainvoke({"messages": [HumanMessage("Good evening.")]}, config, context=context)
        return (await graph.aget_state(config)).values

    return run


async def test_the_fallback_model_answers_when_the_first_one_fails(play):
    models = {"openai:first": ScriptedChatModel([ModelError("down")]), "openai:second": ScriptedChatModel(["I see."])}
    state = await play(models, Context(thinking="quick", fallback_model="openai:second"))
    assert state["reply"] == "I see."


async def test_a_plan_too_is_asked_of_the_fallback_model(play):
    models = {
        "openai:first": ScriptedChatModel([ModelError("down"), "I see."]),
        "openai:second": ScriptedChatModel([PLAN]),
    }
    state = await play(models, Context(thinking="measured", fallback_model="openai:second"))
    assert (state["plan"]["intent"], state["reply"]) == ("greet", "I see.")


async def test_both_reasons_are_said_when_the_fallback_fails_too(play):
    models = {
        "openai:first": ScriptedChatModel([ModelError("first is down")]),
        "openai:second": ScriptedChatModel([ModelError("second is down")]),
    }
    state = await play(models, Context(thinking="quick", fallback_model="openai:second"))
    assert "first is down; then second is down" in str(state["events"])
    assert state["reply"]


async def test_a_reply_that_was_begun_is_not_begun_again_by_another_model(play):
    class Breaking(ScriptedChatModel):
        async def _astream(self, *args, **others):
            async for chunk in super()._astream(*args, **others):
                yield chunk
            raise ModelError("the line broke")

    models = {
        "openai:first": Breaking(["I see mud. And then it was"]),
        "openai:second": ScriptedChatModel(["Never asked."]),
    }
    state = await play(models, Context(thinking="quick", fallback_model="openai:second"))
    assert state["reply"] == "I see mud."
    assert models["openai:second"].calls == []


async def test_calls_tokens_and_cost_of_a_turn_are_counted(play):
    models = {"openai:first": ScriptedChatModel([counted(PLAN), counted("I see.")])}
    usage = (await play(models, Context(thinking="measured")))["usage"]
    assert usage == {"calls": 2, "input_tokens": 800, "output_tokens": 200, "cost": pytest.approx(1200 / 1e6)}


@pytest.mark.parametrize("cap", [{"max_turn_tokens": 900}, {"max_turn_cost": 0.0011}])
async def test_beyond_the_cap_no_tool_round_and_no_revision_is_begun(play, cap):
    redo = '{"reason": "dull", "verdict": "redo"}'
    model = ScriptedChatModel([counted(PLAN), counted("I see."), counted(redo), counted("Never asked.")])
    state = await play({"openai:first": model}, Context(thinking="deep", **cap))
    assert state["reply"] == "I see."
    assert len(model.calls) == 2
    assert "cap is" in str(state["events"])
