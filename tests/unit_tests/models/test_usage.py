"""Usage: every model call counts, also one that was broken off."""

from contextlib import aclosing

from langchain_core.messages import AIMessage

from langgraph_roleplay.models import ScriptedChatModel, count_usage

TOKENS = {"input_tokens": 4, "output_tokens": 1, "total_tokens": 5}


async def test_calls_and_tokens_are_counted_while_the_meter_is_in_force():
    model = ScriptedChatModel([AIMessage("One.", usage_metadata=TOKENS)], loop=True)
    await model.ainvoke("?")
    with count_usage() as meter:
        await model.ainvoke("?")
        _ = [chunk async for chunk in model.astream("?")]
    assert meter.usage(price=(1.0, 2.0)) == {"calls": 2, "input_tokens": 8, "output_tokens": 2, "cost": 12 / 1e6}
    assert meter.usage(price=None)["cost"] is None


async def test_a_call_that_is_broken_off_counts_as_a_call():
    with count_usage() as meter:
        async with aclosing(ScriptedChatModel(["One two three four."]).astream("?")) as stream:
            async for _ in stream:
                break
    assert meter.calls == 1
