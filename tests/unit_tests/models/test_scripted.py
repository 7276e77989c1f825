import math

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import ScriptedChatModel, ScriptedEmbeddings


async def test_replies_come_in_order_and_each_call_is_recorded():
    model = ScriptedChatModel(["one", AIMessage("two"), lambda messages: messages[-1].text.upper()])
    said = [(await model.ainvoke([HumanMessage(text)])).text for text in ("a", "b", "c")]
    assert said == ["one", "two", "C"]
    assert [call[0].text for call in model.calls] == ["a", "b", "c"]


async def test_a_reply_streams_word_by_word_and_adds_up_to_itself():
    model = ScriptedChatModel(["Elementary, my  dear\nWatson. "])
    chunks = [chunk.text async for chunk in model.astream("?")]
    assert "".join(chunks) == "Elementary, my  dear\nWatson. "
    assert len([chunk for chunk in chunks if chunk]) == 5


async def test_tool_calls_survive_streaming():
    call = {"name": "roll_dice", "args": {"sides": 6}, "id": "1", "type": "tool_call"}
    whole = None
    async for chunk in ScriptedChatModel([AIMessage("", tool_calls=[call])]).astream("?"):
        whole = chunk if whole is None else whole + chunk
    assert whole.tool_calls == [call]


async def test_bound_tools_are_recorded_and_the_bound_model_answers():
    model = ScriptedChatModel(["fine"])
    assert (await model.bind_tools(["a tool"]).ainvoke("?")).text == "fine"
    assert model.tools == ["a tool"]


async def test_a_scripted_exception_is_raised():
    with pytest.raises(TimeoutError):
        await ScriptedChatModel([TimeoutError()]).ainvoke("?")


async def test_running_out_of_replies_is_an_error_unless_it_loops():
    model = ScriptedChatModel(["only"])
    await model.ainvoke("?")
    with pytest.raises(ModelError, match="asked 2 times and has 1 replies"):
        await model.ainvoke("?")
    looping = ScriptedChatModel(["a", "b"], loop=True)
    assert [looping.invoke("?").text for _ in range(3)] == ["a", "b", "a"]


async def test_scripted_embeddings_are_near_for_shared_words_and_of_length_one():
    embeddings = ScriptedEmbeddings()
    dog, hound, tea, empty = embeddings.embed_documents(["the lost dog", "a lost dog", "five o'clock tea", ""])
    assert _similarity(dog, hound) > 0.5 > _similarity(dog, tea)
    assert all(math.isclose(math.hypot(*vector), 1) for vector in (dog, hound, tea, empty))


def _similarity(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))
