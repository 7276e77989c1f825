import json
from typing import Any, Literal

import httpx
import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableLambda
from pydantic import BaseModel, Field

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import LadderMemory, ScriptedChatModel, ask_structured
from langgraph_roleplay.models.forms import flat_schema


class Plan(BaseModel):
    """What to do."""

    intent: str = Field(default="talk", description="what the reply is for", pattern=".+")
    mood: Literal["calm", "cross"] = "calm"
    weight: int = 1


DEFAULT = Plan(intent="answer", mood="calm", weight=5)
PROMPT = [SystemMessage("You are Holmes."), HumanMessage("Who are you?")]


class SchemaModel(ScriptedChatModel):
    """A scripted model that takes a schema, and keeps it."""

    schemas: list[Any] = []  # noqa: RUF012 - pydantic copies it per object

    def with_structured_output(self, schema: Any = None, **kwargs: Any) -> Any:
        self.schemas.append(schema)
        return self | RunnableLambda(lambda raw: {"raw": raw, "parsed": None, "parsing_error": None})


async def _ask(model: BaseChatModel, memory: LadderMemory | None = None):
    return await ask_structured(model, PROMPT, Plan, default=DEFAULT, memory=memory)


@pytest.mark.parametrize(
    ("text", "rung", "value"),
    [
        ('{"intent": "greet", "mood": "cross", "weight": 2}', "json", Plan(intent="greet", mood="cross", weight=2)),
        (
            'Sure!\n```json\n{"intent": "greet", "mood": "cross",}\n```\nHope it helps {x}',
            "json",
            Plan(intent="greet", mood="cross", weight=5),
        ),
        ('{"intent": "greet the vis', "json", Plan(intent="greet the vis", mood="calm", weight=5)),
        ('{note} then {"intent": "greet"}', "json", Plan(intent="greet", mood="calm", weight=5)),
        (
            "- **Intent**: greet\n  warmly\n- mood: cross\n",
            "lines",
            Plan(intent="greet warmly", mood="cross", weight=5),
        ),
        ("intent = greet\nweight: 3", "lines", Plan(intent="greet", mood="calm", weight=3)),
        ('{"intent": "greet", "mood": "furious"}', "default", DEFAULT),
        ("I am Holmes.", "default", DEFAULT),
        ('["intent"]', "default", DEFAULT),
        ('{"other": 1}', "default", DEFAULT),
        ("", "default", DEFAULT),
        ("{" * 500, "default", DEFAULT),
    ],
)
async def test_an_answer_is_read_by_every_rung(text, rung, value):
    answer = await _ask(ScriptedChatModel([text]))
    assert (answer.rung, answer.value, answer.raw) == (rung, value, text)
    assert (answer.error is not None) == (rung == "default")


async def test_one_ask_is_one_call_whatever_comes_back():
    model = ScriptedChatModel(["nonsense"])
    await _ask(model)
    assert len(model.calls) == 1


async def test_the_form_is_asked_for_in_the_last_human_message():
    model = ScriptedChatModel(["{}"])
    await _ask(model)
    (asked,) = model.calls
    assert [message.type for message in asked] == ["system", "human"]
    assert asked[-1].text.startswith("Who are you?")
    assert "- mood (calm | cross)" in asked[-1].text
    assert "- intent (text): what the reply is for" in asked[-1].text


async def test_a_model_that_takes_a_schema_is_given_a_flat_one_and_no_instruction():
    model = SchemaModel([json.dumps(DEFAULT.model_dump())])
    memory = LadderMemory()
    answer = await _ask(model, memory)
    assert (answer.rung, answer.value) == ("json_schema", DEFAULT)
    assert model.calls[0] == PROMPT
    assert memory.forms == {"SchemaModel": "json_schema"}
    assert model.schemas == [flat_schema(Plan)]


def test_a_flat_schema_requires_every_field_and_has_no_defaults_or_patterns():
    schema = flat_schema(Plan)
    assert schema["required"] == ["intent", "mood", "weight"]
    assert schema["additionalProperties"] is False
    assert not {"default", "pattern", "title"} & {key for field in schema["properties"].values() for key in field}


async def test_the_rung_that_worked_is_where_the_next_ask_starts():
    memory = LadderMemory()
    model = SchemaModel(["intent: greet", "intent: part", "gibberish"])
    assert [(await _ask(model, memory)).rung for _ in range(3)] == ["lines", "lines", "default"]
    assert len(model.schemas) == 1
    assert "`field: value`" in model.calls[1][-1].text
    assert memory.forms == {"SchemaModel": "lines"}


async def test_a_refused_schema_gives_the_default_now_and_json_in_words_next_time():
    response = httpx.Response(400, request=httpx.Request("POST", "http://x"))
    memory = LadderMemory()
    model = SchemaModel([openai.BadRequestError("bad schema", response=response, body=None), '{"intent": "greet"}'])
    refused, answered = await _ask(model, memory), await _ask(model, memory)
    assert (refused.value, refused.rung) == (DEFAULT, "default")
    assert "bad schema" in refused.error
    assert answered.value.intent == "greet"
    assert len(model.schemas) == 1


@pytest.mark.parametrize("error", [TimeoutError("slow"), ModelError("gone"), httpx.ConnectError("no")])
async def test_a_model_that_is_down_gives_the_default_and_keeps_its_form(error):
    memory = LadderMemory()
    answer = await _ask(SchemaModel([error]), memory)
    assert (answer.value, answer.rung, answer.raw) == (DEFAULT, "default", "")
    assert type(error).__name__ in answer.error
    assert memory.forms == {"SchemaModel": "json_schema"}


async def test_an_error_that_is_not_the_models_escapes():
    with pytest.raises(ZeroDivisionError):
        await _ask(ScriptedChatModel([ZeroDivisionError()]))


async def test_a_blocking_call_never_passes_for_a_model_that_is_down():
    class BlockingError(Exception):
        pass

    wrapped = httpx.ConnectError("no")
    wrapped.__cause__ = BlockingError("socket.connect")
    with pytest.raises(BlockingError):
        await _ask(ScriptedChatModel([wrapped]))


async def test_the_call_carries_the_nostream_tag_and_the_callers_own():
    seen = []

    class Tagged(ScriptedChatModel):
        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            seen.extend(run_manager.tags)
            return await super()._agenerate(messages)

    config = {"tags": ["plan"]}
    await ask_structured(Tagged([AIMessage("{}")]), PROMPT, Plan, default=DEFAULT, config=config)
    assert {"nostream", "plan"} <= set(seen)
