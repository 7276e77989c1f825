"""Another model answers when one fails: by its own measure, at its own price, within the turn's limits."""

import time
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGenerationChunk
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import Field

from langgraph_roleplay import resources as module
from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ScriptedChatModel, profile_of
from langgraph_roleplay.prompts.budget import estimate_tokens
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

TOKENS = {"input_tokens": 400, "output_tokens": 100, "total_tokens": 500}
PLAN = '{"intent": "greet", "emotion": "calm", "goal": "help", "avoid": "boasting"}'
KEEP = '{"reason": "nothing", "verdict": "keep"}'
FIRST, SECOND, SMALL = "openai:first", "openai:second", "embedded:smollm2"
LONG_TALK = [kind(f"{word} " * 2000) for word in ("rain", "hail") for kind in (HumanMessage, AIMessage)][:3]


class Listening(ScriptedChatModel):
    """Keeps the stop words of each call."""

    stops: list[Any] = Field(default_factory=list)

    async def _astream(self, messages: Any, stop: Any = None, *args: Any, **others: Any) -> Any:
        self.stops.append(stop)
        async for chunk in super()._astream(messages, stop, *args, **others):
            yield chunk


class Wasting(ScriptedChatModel):
    """Takes its tokens and fails without a word."""

    async def _astream(self, *args: Any, **others: Any) -> Any:
        yield ChatGenerationChunk(message=AIMessageChunk("", usage_metadata=TOKENS))
        raise ModelError("the line broke")


def fails() -> ScriptedChatModel:
    return ScriptedChatModel([ModelError("down")], loop=True)


def counted(text: str) -> AIMessage:
    return AIMessage(text, usage_metadata=TOKENS)


def length(prompt: list[BaseMessage]) -> int:
    return sum(estimate_tokens(message.text) for message in prompt)


@pytest.fixture
def play(bank, monkeypatch):
    """Runs one turn with models by name, the second of which is the fallback; returns the state it ends in."""

    async def run(
        models: dict[str, Any],
        thinking: Any = "quick",
        *,
        settings: Any = None,
        talk: Sequence[BaseMessage] = (HumanMessage("Good evening."),),
        **context: Any,
    ) -> dict[str, Any]:
        def load(spec: str, *, settings: Settings) -> Any:
            return models[spec]() if callable(models[spec]) else models[spec]

        monkeypatch.setattr(module, "load_chat_model", load)
        first, second = models
        resources = Resources(settings=Settings(model=first, fallback_model=second, **(settings or {})), memory=bank)
        graph = build_turn(resources).compile(checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": "t"}}
        await graph.ainvoke({"messages": list(talk)}, config, context=Context(thinking=thinking, **context))
        return (await graph.aget_state(config)).values

    return run


async def test_the_fallback_model_answers_when_the_first_one_fails(play):
    models = {"openai:first": ScriptedChatModel([ModelError("down")]), "openai:second": ScriptedChatModel(["I see."])}
    state = await play(models)
    assert state["reply"] == "I see."


async def test_a_plan_too_is_asked_of_the_fallback_model(play):
    models = {
        "openai:first": ScriptedChatModel([ModelError("down"), "I see."]),
        "openai:second": ScriptedChatModel([PLAN]),
    }
    state = await play(models, "measured")
    assert (state["plan"]["intent"], state["reply"]) == ("greet", "I see.")


async def test_both_reasons_are_said_when_the_fallback_fails_too(play):
    models = {
        "openai:first": ScriptedChatModel([ModelError("first is down")]),
        "openai:second": ScriptedChatModel([ModelError("second is down")]),
    }
    state = await play(models)
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
    state = await play(models)
    assert state["reply"] == "I see mud."
    assert models["openai:second"].calls == []


async def test_the_context_names_another_fallback_than_the_settings(play):
    models = {FIRST: fails(), SECOND: ScriptedChatModel(["Never asked."])}
    state = await play(models, fallback_model="nonsense")
    assert "down; then" in str(state["events"])
    assert "nonsense" in str(state["events"])
    assert models[SECOND].calls == []


@pytest.mark.parametrize(
    ("second", "settings", "cost"),
    [
        (SECOND, {"price": "1/2", "fallback_price": "10/20"}, 6000 / 1e6),
        (SECOND, {"price": "1/2"}, None),
        (SMALL, {"price": "1/2", "fallback_price": "10/20"}, 0.0),
    ],
)
async def test_a_call_of_the_fallback_has_its_own_price(play, second, settings, cost):
    state = await play({FIRST: fails(), second: ScriptedChatModel([counted("I see.")])}, settings=settings)
    assert state["usage"] == {
        "calls": 2,
        "input_tokens": 400,
        "output_tokens": 100,
        "cost": cost and pytest.approx(cost),
    }


async def test_what_both_models_took_is_added_up_each_at_its_price(play):
    models = {FIRST: Wasting([]), SECOND: ScriptedChatModel([counted("I see.")])}
    state = await play(models, settings={"price": "1/2", "fallback_price": "10/20"})
    assert state["usage"]["cost"] == pytest.approx((600 + 6000) / 1e6)


async def test_a_model_that_can_not_be_loaded_costs_nothing(play):
    def no_key() -> None:
        raise ModelError("no key")

    models = {FIRST: no_key, SECOND: ScriptedChatModel([counted("I see.")])}
    state = await play(models, settings={"fallback_price": "10/20"})
    assert (state["usage"]["calls"], state["usage"]["cost"]) == (1, pytest.approx(6000 / 1e6))


@pytest.mark.parametrize("cap", [{"max_turn_tokens": 500}, {"max_turn_cost": 0.0005}])
async def test_a_first_call_that_has_taken_all_leaves_nothing_for_the_fallback(play, cap):
    models = {FIRST: Wasting([]), SECOND: ScriptedChatModel(["Never asked."])}
    state = await play(models, settings={"price": "1/2"}, **cap)
    assert models[SECOND].calls == []
    assert "the line broke; then the turn has" in str(state["events"])


async def test_a_small_fallback_gets_a_small_prompt_stop_words_and_no_tools(play):
    models = {FIRST: Listening([ModelError("down")]), SMALL: Listening(["I see."])}
    await play(models, talk=LONG_TALK)
    first, small = models.values()
    assert length(first.calls[0]) > 2 * length(small.calls[0])
    assert length(small.calls[0]) < 1.25 * profile_of(SMALL).prompt_tokens
    assert (first.stops, small.stops) == ([None], [["\nVisitor:"]])
    assert (bool(first.tools), small.tools) == (True, [])


async def test_a_large_fallback_of_a_small_model_gets_all_that_it_can_take(play):
    models = {SMALL: Listening([ModelError("down")]), SECOND: Listening(["I see."])}
    await play(models, talk=LONG_TALK)
    small, second = models.values()
    assert length(second.calls[0]) > 2 * length(small.calls[0])
    assert (second.stops, bool(second.tools)) == ([None], True)


async def test_a_small_fallback_is_not_let_talk_on(play):
    words = " ".join(f"The {number}th letter lay unopened on the shelf of room {number}." for number in range(40))
    state = await play({FIRST: fails(), SMALL: ScriptedChatModel([words])})
    assert len(state["reply"]) < 6 * profile_of(SMALL).reply_tokens + 100


async def test_plan_and_critique_are_asked_of_the_fallback_in_a_question_of_its_size(play):
    models = {FIRST: fails(), SMALL: ScriptedChatModel([PLAN, "I see.", KEEP])}
    await play(models, "deep", talk=LONG_TALK)
    assert len(models[SMALL].calls) == 3
    for asked, answered in zip(models[FIRST].calls, models[SMALL].calls, strict=True):
        assert length(answered) < min(length(asked), 1.25 * profile_of(SMALL).prompt_tokens)


async def test_a_fallback_that_knows_no_tools_is_told_what_they_said(play):
    call = AIMessage("", tool_calls=[{"name": "roll_dice", "args": {"dice": "2d6"}, "id": "1"}])
    models = {FIRST: ScriptedChatModel([call, ModelError("down")]), SMALL: ScriptedChatModel(["Fortune favours you."])}
    state = await play(models)
    (asked,) = models[SMALL].calls
    assert {message.type for message in asked} <= {"system", "human", "ai"}
    assert "has found out: roll_dice: 2d6:" in asked[-1].text
    assert state["reply"] == "Fortune favours you."


async def test_a_model_that_takes_too_long_to_load_is_left_for_the_fallback(play):
    def slow() -> ScriptedChatModel:
        time.sleep(1.5)
        return ScriptedChatModel(["Too late."])

    state = await play({FIRST: slow, SECOND: ScriptedChatModel(["I see."])}, settings={"model_timeout": 0.1})
    assert state["reply"] == "I see."
