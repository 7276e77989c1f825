"""A turn has limits: a count of what was taken, and caps on it."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGenerationChunk
from langgraph.checkpoint.memory import InMemorySaver

from langgraph_roleplay import resources as module
from langgraph_roleplay.context import Context
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


async def test_a_call_with_tools_that_is_broken_off_counts_with_the_tokens_it_had_taken(play):
    class SaysItsTokensFirst(ScriptedChatModel):
        async def _astream(self, *args, **others):
            yield ChatGenerationChunk(message=AIMessageChunk("", usage_metadata=TOKENS))
            async for chunk in super()._astream(*args, **others):
                yield chunk

    model = SaysItsTokensFirst(["As an AI language model, I can't say. " * 20])
    state = await play({"openai:first": model}, Context(thinking="quick"))
    assert model.tools
    assert (state["usage"]["calls"], state["usage"]["input_tokens"]) == (1, 400)
