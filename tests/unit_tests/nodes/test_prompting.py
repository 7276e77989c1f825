"""Prompts of a turn: what is warmed up beforehand and what recall takes for shown is what the prompt has."""

import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import StructuredTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import create_model

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import ModelProfile, ScriptedChatModel
from langgraph_roleplay.nodes import _prompting, _room, recall_memory
from langgraph_roleplay.nodes._prompting import stable_prefix
from langgraph_roleplay.prompts.budget import estimate_tokens
from langgraph_roleplay.resources import Resources

CONFIG = {"configurable": {"thread_id": "t"}}
WORDS = "the harbour of the old town and its boats in the fog "


class Small(Resources):
    """On a prompt so small that lore and history are cut."""

    def profile(self, context):
        return ModelProfile(prompt_tokens=1000)


def fact(number, content=None, **extensions):
    text = content or f"Fact {number}: {WORDS * 3}"
    entry = {"id": number, "keys": ["boat"], "constant": True, "content": text, "insertion_order": number}
    return entry | {"extensions": extensions}


def card(dialect, entries, description="A sailor. "):
    book = {"name": "b", "extensions": {"langgraph_roleplay": {"dialect": dialect}}, "entries": entries}
    greetings = {"first_mes": "Hi.", "alternate_greetings": ["Ahoy."]}
    return {"name": "Bea", "description": description * 5, **greetings, "character_book": book}


BOOKS = {
    "twelve constants": [fact(number) for number in range(12)],
    "twelve after the persona": [fact(number, position=1) for number in range(12)],
    "of one greeting": [fact(n, f"@@is_greeting {n % 2}\nFact {n}: {WORDS}") for n in range(4)],
    "outlets": [*(fact(n, position=7, outlet_name="sea") for n in range(6)), fact(9)],
    "an outlet that is named": [fact(1, "It is wet.", position=7, outlet_name="sea"), fact(2, "Sea: {{outlet::sea}}")],
    "called beside constants": [*(fact(n) for n in range(8)), fact(9) | {"constant": False}],
}


@pytest.mark.parametrize("dialect", ["spec", "sillytavern", "risuai", "agnai"])
@pytest.mark.parametrize("book", BOOKS)
async def test_what_is_warmed_up_and_what_recall_takes_for_shown_is_what_the_prompt_has(
    bank, monkeypatch, dialect, book
):
    seen = []

    async def look(*args, **options):
        seen.append(await _prompting.earlier_shown(*args, **options))
        return seen[-1]

    monkeypatch.setattr(recall_memory, "earlier_shown", look)
    model = ScriptedChatModel([f"Reply {number}: {WORDS * 3}" for number in range(25)])
    resources = Small(model=model, memory=bank)
    context = Context(persona=card(dialect, BOOKS[book]), thinking="quick", greeting=1)
    warm = await stable_prefix(context, resources=resources, thread="t")
    graph = build_turn(resources).compile(checkpointer=InMemorySaver())
    for number in range(8):
        said = HumanMessage(f"Line {number}: where is the boat?")
        await graph.ainvoke({"messages": [said]}, CONFIG, context=context)
        prompt = model.calls[-1]
        assert [message.text for message in prompt[: len(warm)]] == [message.text for message in warm]
        assert [message.text for message in seen[-1]] == [message.text for message in prompt[len(warm) : -1]]
    assert len(seen[-1]) < 14


def size(prompt):
    asked = [json.dumps(message.tool_calls) for message in prompt if isinstance(message, AIMessage)]
    return sum(estimate_tokens(text) + 6 for text in [*(message.text for message in prompt), *asked])


@tool
def read_page() -> str:
    """Look at a page."""
    return "a word of the page " * 8000


@pytest.mark.parametrize("rounds", [[1], [4], [4, 4, 4]])
async def test_what_tools_say_is_within_the_budget_and_in_the_report(bank, rounds):
    asks = [
        AIMessage("", tool_calls=[{"name": "read_page", "args": {}, "id": f"{turn}-{n}"} for n in range(calls)])
        for turn, calls in enumerate(rounds)
    ]
    model = ScriptedChatModel(["Fog.", *asks, "It is a page."])
    graph = build_turn(Resources(model=model, memory=bank, tools=[read_page])).compile(checkpointer=InMemorySaver())
    persona = card("spec", [], "A sailor of the old town who knows all of its boats. " * 40)
    for line in ("Hello.", "Look."):
        context = Context(persona=persona, thinking="quick")
        await graph.ainvoke({"messages": [HumanMessage(line)]}, CONFIG, context=context)
    assert all(size(prompt) <= 8000 for prompt in model.calls)
    report = (await graph.aget_state(CONFIG)).values["prompt"]
    (note,) = [note for note in report if note["source"] == "tools"]
    assert note["kept"] >= 900
    assert sum(note["kept"] for note in report) == pytest.approx(size(model.calls[-1]), abs=100)
    assert sum(note["kept"] for note in report) <= 8000


async def test_one_result_of_tools_leaves_the_beginning_of_the_prompt_as_it_was(bank):
    model = ScriptedChatModel([AIMessage("", tool_calls=[{"name": "read_page", "args": {}, "id": "1"}]), "A page."])
    resources = Resources(model=model, memory=bank, tools=[read_page])
    persona = card("spec", [], "A sailor of the old town who knows all of its boats. " * 200)
    context = Context(persona=persona, thinking="quick")
    await build_turn(resources).compile().ainvoke({"messages": [HumanMessage("Look.")]}, context=context)
    first, second = model.calls
    assert [message.text for message in second[: len(first)]] == [message.text for message in first]
    assert size(first) > 4000


def searching(*fields):
    schema = create_model("Arguments", **dict.fromkeys(fields, (str, ...)))
    return StructuredTool.from_function(lambda **_: "", name="search", description="Search.", args_schema=schema)


def test_tools_of_one_name_are_told_by_their_arguments_and_few_are_remembered():
    told = [_room._told(searching(*fields)) for fields in (["who"], ["who", "where"])]
    assert "where" not in told[0]
    assert "where" in told[1]
    for number in range(400):
        _room._told(searching(f"field{number}"))
    assert len(_room._tools_told) <= 256
