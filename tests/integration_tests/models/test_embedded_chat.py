import asyncio
import os
import subprocess
import sys
import threading

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import LadderMemory, ask_structured, load_chat_model, model_errors, warm_prefix
from langgraph_roleplay.models.server import start_server

SMOLLM2 = "embedded:smollm2"
PERSONA = SystemMessage("You are Sherlock Holmes of Baker Street. " + "You notice small details about visitors. " * 12)


class Plan(BaseModel):
    intent: str
    mood: str


@pytest.fixture
def model(weights_settings):
    return load_chat_model(SMOLLM2, settings=weights_settings)


def _fewer_tokens(model, tokens):
    return model.model_copy(update={"max_tokens": tokens})


async def test_it_streams_and_counts_its_tokens(model):
    chunks = [chunk async for chunk in model.astream([PERSONA, HumanMessage("Who are you?")])]
    assert len([chunk for chunk in chunks if chunk.text]) > 3
    usage = next(chunk.usage_metadata for chunk in chunks if chunk.usage_metadata)
    assert 0 < usage["output_tokens"] <= 96


async def test_eight_callers_at_once_are_queued_and_all_answered(model):
    short = _fewer_tokens(model, 12)
    answers = await asyncio.gather(*(short.ainvoke(f"Say something about the number {n}.") for n in range(8)))
    assert all(isinstance(answer, AIMessage) and answer.text for answer in answers)


async def test_a_client_that_goes_away_frees_the_place(model):
    endless = _fewer_tokens(model, 4000).bind(extra_body={"ignore_eos": True})
    stream = endless.astream("Tell me a long story.")
    await anext(stream)
    await stream.aclose()
    await asyncio.wait_for(_fewer_tokens(model, 3).ainvoke("Hello."), timeout=10)


async def test_a_model_that_talks_for_ever_is_cut_by_its_token_limit(model):
    answer = await model.bind(extra_body={"ignore_eos": True}).ainvoke("Tell me a story.")
    assert answer.response_metadata["finish_reason"] == "length"


async def test_a_warmed_prefix_is_read_from_the_cache(model):
    await model.ainvoke("Something else altogether, so that the cache holds another text.")
    await warm_prefix(model, [PERSONA])
    answer = await _fewer_tokens(model, 2).ainvoke([PERSONA, HumanMessage("What do you see?")])
    assert answer.usage_metadata["input_token_details"]["cache_read"] > 0.7 * answer.usage_metadata["input_tokens"]


async def test_an_answer_follows_the_schema_even_when_it_is_cut_off(model):
    default = Plan(intent="answer", mood="calm")
    prompt = [PERSONA, HumanMessage("Plan your reply in a few words: who are you?")]
    # Each with a memory of its own: an answer that rambles on for 200 tokens is cut off too, and moves down a rung.
    whole = await ask_structured(_fewer_tokens(model, 200), prompt, Plan, default=default, memory=LadderMemory())
    cut = await ask_structured(_fewer_tokens(model, 8), prompt, Plan, default=default, memory=LadderMemory())
    assert whole.rung in {"json_schema", "json"}
    # The server's grammar lets the object stand in a fence of Markdown; eight tokens may end inside the fence.
    assert cut.raw.strip().removeprefix("```json").strip()[:1] in {"", "{"}
    assert cut.value.mood == "calm"


async def test_a_prompt_that_is_too_long_is_an_error_a_node_may_catch(model):
    with pytest.raises(model_errors()):
        await model.ainvoke("word " * 9000)


def test_one_process_starts_one_server_however_many_threads_ask(weights_settings):
    loaded = []
    threads = [
        threading.Thread(target=lambda: loaded.append(load_chat_model(SMOLLM2, settings=weights_settings)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({model.openai_api_base for model in loaded}) == 1


def test_a_path_to_weights_works_like_their_name(model, weights_settings):
    by_path = load_chat_model(f"embedded:{weights_settings.weights}/smollm2.gguf", settings=weights_settings)
    assert by_path.openai_api_base == model.openai_api_base
    assert _fewer_tokens(by_path, 2).invoke("Hello.").text


def test_damaged_weights_are_an_error_and_not_a_crash(weights_settings, tmp_path):
    whole = weights_settings.weights / "smollm2.gguf"
    with whole.open("rb") as file:
        (tmp_path / "half.gguf").write_bytes(file.read(20_000_000))
    with pytest.raises(ModelError, match="damaged"):
        load_chat_model(f"embedded:{tmp_path}/half.gguf", settings=weights_settings)


def test_each_event_loop_gets_its_own_client(weights_settings):
    for _ in range(2):
        short = _fewer_tokens(load_chat_model(SMOLLM2, settings=weights_settings), 2)
        assert asyncio.run(short.ainvoke("Hello.")).text


def test_a_stranger_without_the_key_is_turned_away(model, weights_settings):
    server = start_server(weights_settings.weights / "smollm2.gguf")
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"{server.url}/chat/completions", json={"messages": []})
    assert answer.status_code == 401


_LEAVES = """
import asyncio
from langgraph_roleplay.models import load_chat_model

async def main():
    model = load_chat_model("embedded:smollm2")
    async for chunk in model.bind(max_completion_tokens=2000).astream("Tell me a very long story."):
        if chunk.text:
            {end}

asyncio.run(main())
"""


@pytest.mark.parametrize("end", ["return", "raise SystemExit", "pass; break"])
def test_a_process_that_leaves_while_it_streams_ends_soon_and_quietly(end, weights_settings):
    environ = os.environ | {
        "ROLEPLAY_HOME": str(weights_settings.home),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
        "OPENAI_PROXY": "http://127.0.0.1:9",
    }
    program = _LEAVES.format(end=end)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


async def test_an_answer_follows_the_schema_beside_tools_that_it_must_not_call(model):
    @tool
    def roll(sides: int) -> int:
        """Roll a die."""
        return sides

    default = Plan(intent="answer", mood="calm")
    prompt = [PERSONA, HumanMessage("Plan your reply in a few words: who are you?")]
    answer = await ask_structured(
        _fewer_tokens(model, 100), prompt, Plan, default=default, memory=LadderMemory(), tools=[roll]
    )
    assert answer.raw.strip().removeprefix("```json").strip()[:1] == "{"
    assert answer.error is None or "the model wrote nothing" not in answer.error
