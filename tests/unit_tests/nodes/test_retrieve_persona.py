"""retrieve_persona: lore whose effects follow branches, lore by meaning, documents up to the scene's point in time."""

import json

import pytest
from langchain_core.messages import HumanMessage, RemoveMessage
from langgraph.checkpoint.memory import InMemorySaver
from qdrant_client import models

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.models import ScriptedChatModel, ScriptedEmbeddings
from langgraph_roleplay.personas import PersonaLibrary
from langgraph_roleplay.personas.documents import Document, Section, load_document
from langgraph_roleplay.personas.finding import Library
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

STICKY = {"keys": ["storm"], "content": "The storm rages.", "extensions": {"sticky": 6}, "name": "storm"}
MEANT = {
    "keys": ["never said"],
    "content": "Whales sing in the deep.",
    "extensions": {"vectorized": True},
    "name": "song",
}
THREAD = {"configurable": {"thread_id": "t"}}


def card(*entries):
    return {"name": "Nemo", "description": "A captain.", "character_book": {"entries": list(entries)}}


@pytest.fixture
async def library():
    opened = Library(await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings()))
    yield opened
    await opened.close()


@pytest.fixture
def singer(tmp_path):
    """The cast of a server: a character with an entry that is found by meaning."""
    (tmp_path / "cast").mkdir()
    (tmp_path / "cast" / "nemo.json").write_text(json.dumps(card(MEANT)))
    return PersonaLibrary(tmp_path / "cast", allow_paths=False)


@pytest.fixture
def build(bank, library):
    def turn(**options):
        model = ScriptedChatModel([f"Reply {number} of Nemo, who is at sea." for number in range(20)])
        resources = Resources(model=model, memory=bank, settings=Settings(), **({"library": library} | options))
        return build_turn(resources).compile(checkpointer=InMemorySaver()), model

    return turn


async def say(graph, line, persona, config=THREAD, **context):
    knobs = Context(persona=persona, thinking="quick", recall_size=0, **context)
    return await graph.ainvoke({"messages": [HumanMessage(line)]}, config, context=knobs)


async def called(graph, config=THREAD):
    state = (await graph.aget_state(config)).values
    return [note["name"] for note in state["lore"] if not note["left_out"]]


async def said(graph):
    return [event["text"] for event in (await graph.aget_state(THREAD)).values["events"]]


@pytest.mark.parametrize("thread", [f"thread {number}" for number in range(4)])
async def test_lore_is_called_by_the_greeting_that_this_conversation_was_shown(build, thread):
    colours = [{"keys": [colour], "content": "Lore.", "name": colour} for colour in ("red", "blue")]
    book = {"entries": colours, "extensions": {"langgraph_roleplay": {"dialect": "sillytavern"}}}
    persona = {"name": "Nemo", "first_mes": "A {{pick::red,blue}} sky.", "character_book": book}
    graph, model = build()
    config = {"configurable": {"thread_id": thread}}
    await say(graph, "Hello.", persona, config)
    (colour,) = await called(graph, config)
    assert f"A {colour} sky." in "".join(message.text for message in model.calls[-1])
    await say(graph, "And now?", persona, config)
    assert await called(graph, config) == []


async def test_what_is_sticky_stays_on_its_branch_and_was_never_there_on_another(build):
    graph, _ = build()
    await say(graph, "Good day.", card(STICKY))
    before = (await graph.aget_state(THREAD)).config
    await say(graph, "A storm comes up.", card(STICKY))
    await say(graph, "Hold fast!", card(STICKY))
    assert await called(graph) == ["storm"]
    await say(graph, "What a calm day.", card(STICKY), before)
    assert await called(graph) == []


async def test_what_fired_on_a_message_that_was_taken_back_is_over(build):
    graph, _ = build()
    await say(graph, "Good day.", card(STICKY))
    await say(graph, "A storm comes up.", card(STICKY))
    messages = (await graph.aget_state(THREAD)).values["messages"]
    await graph.aupdate_state(THREAD, {"messages": [RemoveMessage(id=message.id) for message in messages[-2:]]})
    await say(graph, "What a calm day.", card(STICKY))
    assert await called(graph) == []


async def test_an_entry_may_be_found_by_what_it_means(build, singer):
    graph, model = build(personas=singer)
    await say(graph, "Do whales sing in the deep?", "nemo")
    assert await called(graph) == ["song"]
    assert "Whales sing in the deep." in model.calls[-1][-1].text
    await say(graph, "Bravo!", "nemo", {"configurable": {"thread_id": "other"}})
    assert await called(graph, {"configurable": {"thread_id": "other"}}) == []


async def test_a_card_that_came_with_the_call_leaves_nothing_in_the_library_and_goes_by_its_keys(build, library):
    graph, _ = build()
    await say(graph, "Do whales sing in the deep?", card(MEANT))
    assert await called(graph) == []
    assert await library.bank.home.count(models.Filter()) == 0
    assert any("by their keys alone, because the card came with the call: 1" in text for text in await said(graph))
    await say(graph, "It was never said.", card(MEANT))
    assert await called(graph) == ["song"]


async def test_a_card_that_came_with_the_call_makes_no_library(bank, tmp_path):
    settings = Settings(home=tmp_path)
    resources = Resources(model=ScriptedChatModel(["A reply of Nemo, who is at sea."]), memory=bank, settings=settings)
    await say(build_turn(resources).compile(checkpointer=InMemorySaver()), "Do whales sing?", card(MEANT))
    assert not list(tmp_path.glob("library*"))


async def test_a_card_that_calls_itself_like_another_gets_none_of_its_documents(build, library):
    story = "The giant squid was sighted near the reef."
    await library.attach("nemo", Document("log", (Section("", story),), source="log.txt"))
    graph, model = build()
    await say(graph, "Who sighted the giant squid near the reef?", card())
    assert (await graph.aget_state(THREAD)).values["passages"] == []
    assert story not in model.calls[-1][-1].text


async def test_lore_that_is_slow_to_index_costs_no_passages_and_is_said(build, library, singer, monkeypatch):
    story = "The giant squid was sighted near the reef."
    await library.attach("nemo", Document("log", (Section("", story),), source="log.txt"))
    monkeypatch.setattr("langgraph_roleplay.nodes.retrieve_persona._INDEXING_SECONDS", 0.0)
    graph, model = build(personas=singer)
    await say(graph, "Who sighted the giant squid near the reef?", "nemo")
    assert story in model.calls[-1][-1].text
    assert any("can't be found by meaning yet: 1 of 1" in text for text in await said(graph))


async def test_an_index_of_lore_that_fails_costs_no_passages_and_is_said(build, library, singer, monkeypatch):
    story = "The giant squid was sighted near the reef."
    await library.attach("nemo", Document("log", (Section("", story),), source="log.txt"))

    async def fail(texts, *, seconds):
        raise MemoryUnavailable("no room")

    monkeypatch.setattr(library, "index_lore", fail)
    graph, model = build(personas=singer)
    await say(graph, "Who sighted the giant squid near the reef?", "nemo")
    assert story in model.calls[-1][-1].text
    assert "lore by meaning was off: no room" in await said(graph)


async def test_documents_are_told_up_to_the_scenes_point_in_time(build, library, tmp_path):
    book = tmp_path / "log.md"
    book.write_text(
        "# Chapter 1\n\nThe giant squid was first sighted by the helmsman near the reef.\n\n"
        "# Chapter 2\n\nThe giant squid was killed by the harpooner Ned Land near the reef.\n"
    )
    await library.attach("captain-nemo", load_document(book))
    graph, model = build()
    line = "Who has met the giant squid near the reef?"
    await say(graph, line, "captain-nemo", story_time=1)
    assert "helmsman" in model.calls[-1][-1].text
    assert "Ned Land" not in model.calls[-1][-1].text
    state = (await graph.aget_state(THREAD)).values
    assert [note["text"].partition(":")[0] for note in state["passages"]] == ["log, Chapter 1"]
    await say(graph, line, "captain-nemo", {"configurable": {"thread_id": "later"}}, story_time=2)
    assert "Ned Land" in model.calls[-1][-1].text


async def test_documents_that_can_not_be_reached_are_said_and_the_character_speaks(build):
    class Gone:
        async def passages(self, character, query, *, story_time, k):
            raise MemoryUnavailable("the library has burnt down")

    graph, _ = build(library=Gone())
    state = await say(graph, "Good day.", "captain-nemo")
    assert state["reply"]
    events = (await graph.aget_state(THREAD)).values["events"]
    assert "documents were off: the library has burnt down" in [event["text"] for event in events]


async def test_what_was_said_at_a_point_in_the_story_is_not_known_before_it(build, bank):
    graph, _ = build()
    await say(graph, "The treasure lies under the third palm.", "captain-nemo", story_time=5)
    knobs = {"thinking": "quick", "persona": "captain-nemo"}
    for time, known in ((4, False), (6, True)):
        config = {"configurable": {"thread_id": f"at {time}"}}
        asked = {"messages": [HumanMessage("Where is the treasure, under which palm?")]}
        await graph.ainvoke(asked, config, context=Context(**knobs, story_time=time))
        recalled = (await graph.aget_state(config)).values["recalled"]
        assert any("The treasure lies under the third palm." in note["text"] for note in recalled) is known


async def test_a_book_in_which_everything_is_called_for_does_not_fill_the_state(build):
    graph, _ = build()
    book = [{"keys": ["storm"], "content": f"Fact {number}. " + "It rained. " * 40} for number in range(3000)]
    await say(graph, "A storm comes up.", card(*book))
    state = (await graph.aget_state(THREAD)).values
    assert len(json.dumps([state["lore"], state["prompt"], state["events"]])) < 150_000
    assert any("more" in event["text"] for event in state["events"])
