"""Tools of a host's own: whatever they return, the turn goes on."""

from typing import Annotated, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.prebuilt import InjectedState
from langgraph.types import Command

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.prompts.budget import estimate_tokens
from langgraph_roleplay.resources import Resources

REPLY = "So be it."


@pytest.fixture
def play(bank):
    """One turn in which the character asks for tools; gives what it was told, and the state at the end."""

    async def run(host_tool: Any, *ids: str | None) -> tuple[list[ToolMessage], dict[str, Any]]:
        calls: list[Any] = [{"name": host_tool.name, "args": {}, "id": each} for each in ids or ("1",)]
        model = ScriptedChatModel([AIMessage("", tool_calls=calls), REPLY])
        graph = build_turn(Resources(model=model, memory=bank, tools=[host_tool])).compile(checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": "t"}}
        await graph.ainvoke({"messages": [HumanMessage("Go.")]}, config, context=Context(thinking="quick"))
        told = [message for message in model.calls[-1] if isinstance(message, ToolMessage)]
        return told, (await graph.aget_state(config)).values

    return run


def commanding(*others: Any, **wishes: Any) -> Any:
    """A tool that answers by a `Command`, with other messages and wishes."""
    update = wishes.pop("update", {})

    @tool
    def ring(tool_call_id: Annotated[str, InjectedToolCallId]) -> Command[Any]:
        """Ring."""
        answer = ToolMessage("The bell rings.", tool_call_id=tool_call_id)
        return Command(update={"messages": [answer, *others], **update}, **wishes)

    return ring


async def test_a_command_that_answers_with_a_message_is_told_to_the_character(play):
    told, state = await play(commanding())
    assert [(message.text, message.name) for message in told] == [("The bell rings.", "ring")]
    assert state["reply"] == REPLY
    assert "degraded" not in str(state["events"])


@pytest.mark.parametrize(
    ("ring", "left_out"),
    [
        (commanding(goto="plan"), "goto"),
        (commanding(update={"plan": {"intent": "rebel"}}), "plan"),
        (commanding(HumanMessage("Ring again.")), "other messages"),
        (commanding(graph=Command.PARENT, goto="elsewhere"), "graph, goto"),
    ],
)
async def test_what_else_a_command_wants_is_left_out_and_said(play, ring, left_out):
    told, state = await play(ring)
    assert [message.text for message in told] == ["The bell rings."]
    assert [message.text for message in state["messages"]] == ["Go.", REPLY]
    assert state["plan"]["intent"] != "rebel"
    assert f"left out {left_out} of its Command" in str(state["events"])


@pytest.mark.parametrize(
    "command",
    [
        Command(goto="plan"),
        Command(graph=Command.PARENT, goto="elsewhere"),
        Command(update={"messages": []}),
        Command(),
    ],
    ids=["goto", "parent", "empty", "nothing"],
)
async def test_a_command_without_an_answer_is_told_to_be_none(play, command):
    @tool
    def leave() -> Any:
        """Leave."""
        return command

    told, state = await play(leave)
    assert [message.status for message in told] == ["error"]
    assert "AttributeError" not in told[0].text
    assert state["reply"] == REPLY
    assert "degraded" in str(state["events"])


async def test_calls_without_ids_are_run_and_each_is_answered(play):
    @tool
    def knock() -> str:
        """Knock."""
        return "Nobody is in."

    told, state = await play(knock, None, "", "mine")
    assert [message.text for message in told] == ["Nobody is in."] * 3
    assert len({message.tool_call_id for message in told}) == 3
    assert "mine" in {message.tool_call_id for message in told}
    assert state["reply"] == REPLY


async def test_a_tool_that_reads_the_state_finds_the_conversation_and_what_is_asked_of_it(play):
    @tool
    def overhear(state: Annotated[dict[str, Any], InjectedState]) -> str:
        """Overhear."""
        return " ".join(message.type for message in state["messages"])

    told, _ = await play(overhear)
    assert told[0].text == "human ai"


async def test_results_that_are_too_long_are_cut_and_say_so_and_short_ones_stay_whole(bank):
    @tool
    def read(page: int) -> str:
        """Read a page."""
        return f"page {page} " * (8000 if page else 3)

    calls: list[Any] = [{"name": "read", "args": {"page": page}, "id": str(page)} for page in range(3)]
    model = ScriptedChatModel([AIMessage("", tool_calls=calls), REPLY])
    graph = build_turn(Resources(model=model, memory=bank, tools=[read])).compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    await graph.ainvoke({"messages": [HumanMessage("Go.")]}, config, context=Context(thinking="quick"))
    short, *long = [message.text for message in model.calls[-1] if isinstance(message, ToolMessage)]
    assert short == "page 0 " * 3
    assert all(text.endswith("(Cut: that was more than can be read.)") for text in long)
    assert 800 < sum(map(estimate_tokens, [short, *long])) <= 1000
    kept = (await graph.aget_state(config)).values["exchange"]
    assert len(str(kept)) < 10_000


async def test_of_a_result_only_the_words_are_told(play):
    @tool
    def look() -> list[dict[str, Any]]:
        """Look."""
        return [{"type": "text", "text": "A cat."}, {"type": "image", "base64": "A" * 90_000, "mime_type": "image/png"}]

    (told,), _ = await play(look)
    assert told.content == "A cat.\n(Parts that are not words were left out.)"
