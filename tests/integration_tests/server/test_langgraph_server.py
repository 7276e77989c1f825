"""What clients of the LangGraph server see, through langgraph_sdk."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import ConflictError, NotFoundError

ROOT = Path(__file__).parents[3]
SCRIPTED = {"model": "openai:scripted", "thinking": "quick"}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.fixture
async def client(served) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=served.url) as client:
        yield client


@pytest.fixture
async def thread(client) -> str:
    return (await client.threads.create())["thread_id"]


def said(content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}]}


async def answer(client, thread, content, **context) -> dict[str, Any]:
    """The state after a turn; each conversation is another user's, so that none recalls what another said."""
    own = SCRIPTED | {"user_name": thread} | context
    await client.runs.wait(thread, "roleplay", input=said(content), context=own)
    return (await client.threads.get_state(thread))["values"]


async def parts_of(client, thread, content, modes=("messages-tuple",), **context) -> list[Any]:
    own = SCRIPTED | {"user_name": thread} | context
    stream = client.runs.stream(thread, "roleplay", input=said(content), context=own, stream_mode=list(modes))
    return [part async for part in stream]


def kinds(state: dict[str, Any]) -> list[str]:
    return [message["type"] for message in state["messages"]]


@pytest.mark.parametrize("thinking", ["quick", "measured", "deep"])
async def test_the_released_text_streams_sentence_by_sentence_and_nothing_else_does(client, thread, thinking, replies):
    modes = ("messages-tuple", "updates", "values")
    asked = "Think deeply." if thinking == "deep" else "Good evening."
    parts = await parts_of(client, thread, asked, modes, thinking=thinking)
    spoken = [part.data[0] for part in parts if part.event == "messages"]
    state = (await client.threads.get_state(thread))["values"]
    assert state["reply"] in replies
    assert len(spoken) == 3
    assert "SECRET" not in str(parts)
    assert "".join(message["content"] for message in spoken) == state["reply"]
    assert {message["id"] for message in spoken} == {state["reply_id"]}
    assert kinds(state) == ["human", "ai"]


async def test_the_embedded_model_answers_without_any_setting(client, thread):
    done = await client.runs.wait(thread, "roleplay", input=said("Good evening."))
    assert kinds(done) == ["human", "ai"]
    assert done["reply"] == done["messages"][-1]["content"] != ""


async def test_the_state_tells_a_person_why(client, thread):
    state = await answer(client, thread, "Do you play the violin?", user_name="Ada", thinking="measured")
    assert {event["node"] for event in state["events"]} >= {"retrieve_persona", "recall_memory", "plan", "respond"}
    assert state["plan"]["intent"] == "SECRET-PLAN"
    assert "violin" in str(state["lore"])
    history = await client.threads.get_history(thread)
    assert {task["name"] for step in history for task in step["tasks"]} >= {"check_input", "plan", "remember"}


@pytest.mark.parametrize(("graph", "takes"), [("roleplay", {"messages"}), ("reminisce", {"user", "character"})])
async def test_every_schema_and_every_stage_is_there(client, graph, takes):
    (assistant,) = await client.assistants.search(graph_id=graph)
    schemas = await client.assistants.get_schemas(assistant["assistant_id"])
    assert [name for name, schema in schemas.items() if schema is None] == []
    assert set(schemas["input_schema"]["properties"]) >= takes
    drawing = await client.assistants.get_graph(assistant["assistant_id"])
    stages = {node["id"]: node.get("metadata", {}).get("stage") for node in drawing["nodes"]}
    assert [node for node, stage in stages.items() if not stage and not node.startswith("__")] == []


async def test_the_context_names_its_nodes(client):
    (assistant,) = await client.assistants.search(graph_id="roleplay")
    schemas = await client.assistants.get_schemas(assistant["assistant_id"])
    drawing = await client.assistants.get_graph(assistant["assistant_id"])
    drawn = {node["id"] for node in drawing["nodes"]}
    for field in schemas["context_schema"]["properties"].values():
        assert field["description"]
        assert set(field["langgraph_nodes"]) <= drawn


async def test_a_message_in_parts_is_read_as_one(client, thread, replies):
    parts = [{"type": "text", "text": "Good "}, {"type": "text", "text": "evening."}]
    state = await answer(client, thread, parts)
    assert state["messages"][0]["content"] == "Good evening."
    assert state["reply"] in replies


async def test_a_picture_is_told_to_be_unseen(client, thread):
    alone = await answer(client, thread, [PICTURE])
    assert "can't be seen" in alone["reply"]
    beside = await answer(client, thread, [{"type": "text", "text": "What is it?"}, PICTURE])
    assert beside["messages"][-2]["content"] == "What is it?"
    assert beside["messages"][-2]["additional_kwargs"]["unseen"] == ["image"]


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"thinking": "hard"}, "'quick', 'measured' or 'deep'"),
        ({"recall_size": 99}, "less than or equal to 50"),
        ({"persona": "sherlok-holmes"}, "did you mean sherlock-holmes"),
        ({"model": "gpt"}, "provider:model"),
    ],
)
async def test_a_wrong_value_is_explained_to_the_client_and_nothing_is_lost(client, thread, context, words, replies):
    await answer(client, thread, "Good evening.")
    (error,) = [part.data for part in await parts_of(client, thread, "Go on.", **context) if part.event == "error"]
    assert words in error["message"]
    state = await answer(client, thread, "Where were we?")
    assert state["reply"] in replies
    assert kinds(state)[:2] == ["human", "ai"]


async def test_an_unknown_key_of_the_context_never_reaches_us_but_the_schema_refuses_it(client, thread):
    (assistant,) = await client.assistants.search(graph_id="roleplay")
    schemas = await client.assistants.get_schemas(assistant["assistant_id"])
    assert schemas["context_schema"]["additionalProperties"] is False
    state = await answer(client, thread, "Good evening.", personna="alice")
    assert state["persona"]["id"] == "sherlock-holmes"


@pytest.mark.parametrize("bad", [42, [None], [{"role": "king", "content": "x"}]])
async def test_a_request_that_is_no_message_does_not_lose_the_thread(client, thread, bad, replies):
    await answer(client, thread, "Good evening.")
    await client.runs.wait(thread, "roleplay", input={"messages": bad}, context=SCRIPTED)
    state = (await client.threads.get_state(thread))["values"]
    assert "not a message" in str(state["events"])
    assert (await answer(client, thread, "Where were we?"))["reply"] in replies


async def test_a_thread_that_is_not_there_is_not_found(client):
    foreign = "00000000-0000-0000-0000-000000000001"
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await client.runs.wait(foreign, "roleplay", input=said("Hello."))
    with pytest.raises(NotFoundError):
        await client.threads.get_state(foreign)


@pytest.mark.parametrize("on_disconnect", ["cancel", "continue"])
async def test_a_client_that_stops_reading_leaves_a_conversation_that_goes_on(client, thread, on_disconnect, replies):
    stream = client.runs.stream(
        thread,
        "roleplay",
        input=said("Speak slowly."),
        context=SCRIPTED,
        stream_mode="messages-tuple",
        on_disconnect=on_disconnect,
    )
    async for part in stream:
        if part.event == "messages":
            break
    await stream.aclose()
    (run,) = await client.runs.list(thread)
    await client.runs.join(thread, run["run_id"])
    left = (await client.threads.get_state(thread))["values"]
    assert kinds(left) == ["human", "ai"]
    assert part.data[0]["content"] in left["reply"]
    assert ("broken off" in str(left["events"])) == (on_disconnect == "cancel")
    state = await answer(client, thread, "Where were we?")
    assert kinds(state) == [*kinds(left), "human", "ai"]
    assert state["reply"] in replies


@pytest.mark.parametrize(
    ("strategy", "left"),
    [
        ("enqueue", ["human", "ai", "human", "ai"]),
        ("interrupt", ["human", "human", "ai"]),
        ("rollback", ["human", "ai"]),
    ],
)
async def test_a_second_message_to_a_busy_thread_leaves_a_valid_history(client, thread, strategy, left, replies):
    await client.runs.create(thread, "roleplay", input=said("Speak slowly."), context=SCRIPTED)
    await _until_busy(client, thread)
    second = said("Never mind.")
    await client.runs.wait(thread, "roleplay", input=second, context=SCRIPTED, multitask_strategy=strategy)
    state = (await client.threads.get_state(thread))["values"]
    assert kinds(state) == left
    assert state["messages"][-2]["content"] == "Never mind."
    assert state["reply"] in replies


@pytest.mark.parametrize(("strategy", "left"), [("interrupt", ["human", "ai"] * 2), ("rollback", ["human", "ai"])])
async def test_what_was_heard_before_a_second_message_is_kept_unless_it_is_rolled_back(client, thread, strategy, left):
    stream = client.runs.stream(
        thread, "roleplay", input=said("Speak slowly."), context=SCRIPTED, stream_mode="messages-tuple"
    )
    async for part in stream:
        if part.event == "messages":
            break
    second = said("Never mind.")
    await client.runs.wait(thread, "roleplay", input=second, context=SCRIPTED, multitask_strategy=strategy)
    await stream.aclose()
    state = (await client.threads.get_state(thread))["values"]
    assert kinds(state) == left
    assert state["messages"][-2]["content"] == "Never mind."
    assert (part.data[0]["content"] == state["messages"][1]["content"]) == (strategy == "interrupt")


async def test_a_second_message_can_be_rejected(client, thread):
    first = await client.runs.create(thread, "roleplay", input=said("Speak slowly."), context=SCRIPTED)
    await _until_busy(client, thread)
    with pytest.raises(ConflictError):
        await client.runs.create(thread, "roleplay", input=said("Never mind."), multitask_strategy="reject")
    await client.runs.join(thread, first["run_id"])
    assert kinds((await client.threads.get_state(thread))["values"]) == ["human", "ai"]


async def _until_busy(client, thread) -> None:
    """Until the model has been asked."""
    for _ in range(600):
        if "respond" in (await client.threads.get_state(thread))["next"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the first run never came to `respond`")


async def test_what_was_said_in_the_terminal_is_recalled_by_the_server(served, client, thread):
    await answer(client, thread, "Good evening.", user_name="Ada")  # so that the server has the home open
    command = [str(Path(sys.executable).with_name("roleplay")), "chat", "alice", "--name", "Ada"]
    chat = await asyncio.create_subprocess_exec(
        *command, env=served.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _, errors = await chat.communicate(b"I keep bees in Sussex.\n")
    assert chat.returncode == 0, errors
    state = await answer(client, thread, "What do I keep in Sussex?", persona="alice", user_name="Ada")
    assert "I keep bees in Sussex." in str(state["recalled"])
    stranger = await answer(client, thread, "What do I keep in Sussex?", persona="alice", user_name="Eve")
    assert stranger["recalled"] == []


def test_the_log_of_it_all_has_no_blocking_call_and_no_type_that_strict_mode_refuses(served):
    assert json.loads((ROOT / "langgraph.json").read_text())["env"]["LANGGRAPH_STRICT_MSGPACK"] == "true"
    for word in ("Blocking call", "BlockingError", "unregistered type", "memory was off"):
        assert word not in served.log


@pytest.mark.parametrize("arguments", [["validate"], ["dockerfile", "{folder}/Dockerfile"]])
def test_the_langgraph_command_finds_nothing_wrong_with_langgraph_json(arguments, tmp_path):
    words = [word.format(folder=tmp_path) for word in arguments]
    command = [sys.executable, "-m", "langgraph_cli", *words, "--config", str(ROOT / "langgraph.json")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
