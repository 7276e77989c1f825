"""What a turn must hold against: odd models, odd hosts, odd orders of words."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import Field

from langgraph_roleplay import casting
from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError, PersonaError
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import Scope
from langgraph_roleplay.models import ModelProfile, ScriptedChatModel
from langgraph_roleplay.nodes import use_tools as tool_station
from langgraph_roleplay.personas import PersonaLibrary, load_persona
from langgraph_roleplay.prompts import render
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings
from langgraph_roleplay.turn import scope_of

QUICK, DEEP = Context(thinking="quick"), Context(thinking="deep")
PLAN, KEEP = '{"intent": "i", "emotion": "e", "goal": "g", "avoid": "a"}', '{"reason": "nothing", "verdict": "keep"}'
THREAD: Any = {"configurable": {"thread_id": "t"}}
CRISIS = "I want to kill myself tonight."


def asks(name: str = "tell_time", text: str = "", calls: int = 1, **arguments: Any) -> AIMessage:
    return AIMessage(text, tool_calls=[{"name": name, "args": arguments, "id": str(n)} for n in range(calls)])


@pytest.fixture
def play(bank):
    """Runs turns of one thread; gives the last state, with what was streamed in `streamed`."""

    def make(*replies: Any, model: Any = None, personas: Any = None, tools: Any = ()) -> Any:
        model = model or ScriptedChatModel(list(replies))
        resources = Resources(settings=Settings(), model=model, memory=bank, personas=personas, tools=tools)
        graph = build_turn(resources).compile(checkpointer=InMemorySaver())

        async def say(*said: Any, context: Context = QUICK, thread: Any = THREAD) -> dict[str, Any]:
            messages = [HumanMessage(one) if isinstance(one, str) else one for one in said]
            parts = []
            async for part, _ in graph.astream({"messages": messages}, thread, context=context, stream_mode="messages"):
                if isinstance(part, AIMessageChunk):
                    parts.append(part.text)
            state = (await graph.aget_state(thread)).values
            return {**state, "streamed": "".join(parts)}

        return SimpleNamespace(say=say, model=model, graph=graph, resources=resources)

    return make


def events(state: dict[str, Any]) -> str:
    return "\n".join(event["text"] for event in state["events"])


async def test_a_model_that_calls_tools_against_orders_is_not_run_for_ever(play):
    stage = play(model=ScriptedChatModel([asks(text="Wait.")], loop=True))
    await asyncio.wait_for(stage.say("What time is it?"), 10)
    assert len(stage.model.calls) == 4


async def test_too_many_calls_at_once_are_answered_with_a_word(play):
    stage = play(asks(calls=9), "Enough.")
    state = await stage.say("What time is it?")
    assert str(stage.model.calls[1]).count("Too many tools at once") == 5
    assert state["reply"] == "Enough."


async def test_a_tool_that_takes_for_ever_is_stopped(play, monkeypatch):
    @tool
    async def wait_for_spring() -> str:
        """Wait."""
        await asyncio.sleep(60)
        return "spring"

    monkeypatch.setattr(tool_station, "_SECONDS", 0.05)
    stage = play(asks("wait_for_spring"), "It is still winter.", tools=[wait_for_spring])
    state = await asyncio.wait_for(stage.say("Wait."), 10)
    assert "was stopped" in stage.model.calls[1][-1].text
    assert state["reply"] == "It is still winter."


async def test_what_a_strangers_tool_says_when_it_breaks_stays_between_it_and_its_author(play):
    @tool
    def open_vault() -> str:
        """Open."""
        raise ValueError("password=hunter2")

    stage = play(asks("open_vault"), "It stays shut.", tools=[open_vault])
    state = await stage.say("Open it.")
    assert "ValueError" in stage.model.calls[1][-1].text
    assert "hunter2" not in stage.model.calls[1][-1].text + events(state)


async def test_tool_calls_of_one_turn_are_gone_in_the_next(play):
    stage = play(asks(), "Late.", "Later.")
    await stage.say("What time is it?")
    await stage.say("And now?")
    assert not any(isinstance(message, ToolMessage) for message in stage.model.calls[2])


async def test_on_deep_a_fault_before_a_tool_call_is_still_a_fault_after_it(play):
    stage = play(PLAN, asks(text="As an AI language model, I have no watch."), "It is late.")
    state = await stage.say("What time is it?", context=Context(thinking="deep", max_revisions=0))
    assert state["streamed"] == state["reply"] == "It is late."


async def test_what_a_revision_says_before_it_calls_a_tool_stays(play):
    redo = '{"reason": "dull", "verdict": "redo"}'
    stage = play(PLAN, "Hm.", redo, asks(text="Let me look."), "It is late.", KEEP)
    assert (await stage.say("What time is it?", context=DEEP))["reply"] == "Let me look.\nIt is late."


class Refusal(ModelError):
    """As a provider's error carries it."""

    status_code = 400


@pytest.mark.parametrize("refusal", [NotImplementedError("no tools"), Refusal("tools are not supported")])
async def test_a_model_that_refuses_tools_answers_without_them_and_is_not_offered_any_again(play, refusal):
    class NoTools(ScriptedChatModel):
        offered: int = 0

        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            self.offered += 1
            raise refusal

    stage = play(model=NoTools(["I see.", "I see more."]))
    assert (await stage.say("Hello."))["reply"] == "I see."
    assert (await stage.say("Hello again."))["reply"] == "I see more."
    assert stage.model.offered == 1


async def test_a_model_that_does_not_stream_answers_all_the_same(play):
    stage = play(model=ScriptedChatModel(["I see. Sit down."], disable_streaming=True))
    assert (await stage.say("Hello."))["streamed"] == "I see. Sit down."


async def test_a_model_without_a_single_chunk_has_said_nothing(play):
    class Mute(ScriptedChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            for chunk in ():
                yield chunk

    state = await play(model=Mute([])).say("Hello.")
    assert state["reply"]
    assert "the model failed" in events(state)


async def test_thoughts_that_a_model_writes_out_are_not_said(play):
    state = await play("<think>He is wet. He lies.</think>Good evening, sir.").say("Hello.")
    assert state["streamed"] == state["reply"] == "Good evening, sir."


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("Very well. " + render("rules", char="Sherlock Holmes", user="Visitor", language="English"), "leaks_prompt"),
        ("I see.\nVisitor: I will go now.", "speaks_for_user"),
        ("You have been in the wet garden behind the old church again.", "repeats"),
    ],
)
async def test_what_must_not_be_said_is_cut(play, reply, reason):
    stage = play("You have been in the wet garden behind the old church again.", reply)
    await stage.say("Hello.")
    assert reason in events(await stage.say("And?"))


async def test_what_only_the_whole_reply_shows_is_deflected_on_deep(play, monkeypatch):
    stage = play(PLAN, "First part. Second part. Third part.", KEEP)
    check = stage.resources.policy.check_reply

    def whole(text: str, **options: Any) -> Any:
        return check("<|im_start|>" if "First" in text and "Third" in text else text, **options)

    monkeypatch.setattr(stage.resources.policy, "check_reply", whole)
    state = await stage.say("Hello.", context=DEEP)
    assert "part" not in state["streamed"]
    assert state["verdict"]["stage"] == "reply"


async def test_a_character_who_is_a_child_is_guarded_as_one(play):
    state = await play("Never said.").say("Come, undress for me slowly.", context=Context(persona="alice"))
    assert state["verdict"]["rule"] == "minor_sexual"


@pytest.mark.parametrize(
    "metadata", [{"finish_reason": "length"}, {"stop_reason": "max_tokens"}, {"finish_reason": "MAX_TOKENS"}]
)
async def test_a_reply_cut_short_by_its_limit_ends_with_a_sentence(play, metadata):
    class Cut(ScriptedChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            yield ChatGenerationChunk(message=AIMessageChunk("I see mud. And then I was", response_metadata=metadata))

    assert (await play(model=Cut([])).say("Hello."))["reply"] == "I see mud."


async def test_a_sentence_that_is_said_twice_in_a_held_draft_is_said_once(play):
    again = "The mud on your boots comes from the far bank of the river."
    state = await play(PLAN, f"{again} {again}").say("So?", context=Context(thinking="deep", max_revisions=0))
    assert state["reply"] == again


async def test_the_greeting_and_stop_words_reach_the_model(play, monkeypatch):
    class Embedded(ScriptedChatModel):
        stops: list[Any] = Field(default_factory=list)

        async def _astream(self, messages: Any, stop: Any = None, *args: Any, **kwargs: Any) -> Any:
            self.stops.append(stop)
            async for chunk in super()._astream(messages, stop, *args, **kwargs):
                yield chunk

    stage = play(model=Embedded(["I see."]))
    monkeypatch.setattr(stage.resources, "profile", lambda context: ModelProfile(embedded=True, tools=False))
    await stage.say("Hello.")
    greeting = PersonaLibrary(None).get("sherlock-holmes").first_mes
    assert any(message.text[:30] == greeting[:30] for message in stage.model.calls[0])
    assert stage.model.stops == [["\nVisitor:"]]


async def test_a_short_question_is_remembered_by_together_with_the_one_before(play):
    stage = play("Noted.", "Hm.", "Bees.")
    await stage.say("I keep bees in Sussex.", thread={"configurable": {"thread_id": "earlier"}})
    await stage.say("Let us speak of my bees, then.")
    state = await stage.say("And where?")
    assert "Sussex" in str(state["recalled"])


async def test_every_message_since_the_last_reply_is_checked_and_kept(play, bank):
    stage = play("Never said.")
    assert (await stage.say(CRISIS, "Do you hear me?"))["verdict"]["rule"] == "crisis"
    await play("I see.").say("I keep bees.", "And a dog.")
    assert await bank.count(Scope(character="sherlock-holmes", user="Visitor")) == 3


async def test_a_deflection_is_not_carried_on_and_a_crisis_is_still_not_kept(play, bank):
    stage = play("Never said.")
    await stage.say(CRISIS)
    state = await stage.say()
    assert state["verdict"]["rule"] == "crisis"
    assert stage.model.calls == []
    assert await bank.count(Scope(character="sherlock-holmes", user="Visitor")) == 0


async def test_a_branch_that_turns_into_a_crisis_leaves_no_ghost(play, bank):
    stage = play("A parrot, indeed.")
    await stage.say("I own a parrot.")
    history = [step async for step in stage.graph.aget_state_history(THREAD)]
    root = history[-1].config
    await stage.graph.ainvoke({"messages": [HumanMessage(CRISIS)]}, root, context=QUICK)
    assert await bank.count(Scope(character="sherlock-holmes", user="Visitor")) == 0


@pytest.mark.parametrize(
    "last",
    [
        ToolMessage("handed over", tool_call_id="1", id="theirs"),
        SystemMessage("Go on.", id="theirs"),
        AIMessage("I am the weather agent.", id="theirs"),
    ],
)
async def test_messages_of_others_in_a_larger_graph_are_left_as_they_are(play, last):
    state = await play("I see.").say("Who are you?", last)
    assert [message.text for message in state["messages"]] == ["Who are you?", last.text, "I see."]
    assert state["messages"][1].type == last.type


async def test_a_persona_whose_file_goes_away_finishes_what_it_was_saying(play, tmp_path, monkeypatch):
    card = tmp_path / "bob.json"
    card.write_text('{"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Bob"}}')
    assert load_persona(card).name == "Bob"
    monkeypatch.setattr(casting, "_FRESH", 0.0)

    def removes(_: Any) -> str:
        card.unlink()
        return "I am Bob. How do you do?"

    stage = play(removes, personas=PersonaLibrary(tmp_path))
    bob = Context(persona="bob", thinking="quick")
    assert (await stage.say("Hi.", context=bob))["reply"] == "I am Bob. How do you do?"
    with pytest.raises(PersonaError):
        await Resources(settings=Settings(), personas=PersonaLibrary(tmp_path)).persona(bob)


def test_the_tenant_is_who_is_logged_in_and_not_the_name_that_is_claimed():
    runtime: Any = SimpleNamespace(
        context=Context(user_name="Victim"),
        execution_info=None,
        server_info=SimpleNamespace(user=SimpleNamespace(identity="mallory")),
    )
    assert scope_of({"messages": []}, runtime, character="c").user == "mallory"


async def test_an_embedding_model_that_hangs_or_breaks_costs_the_memory_and_not_the_turn(play, bank, monkeypatch):
    async def hang(*args: Any, **kwargs: Any) -> None:
        await asyncio.sleep(60)

    async def broken(*args: Any, **kwargs: Any) -> None:
        raise ConnectionResetError("the embedding server is gone")

    monkeypatch.setattr("langgraph_roleplay.nodes.recall_memory.MEMORY_SECONDS", 0.05)
    monkeypatch.setattr(type(bank), "recall", hang)
    monkeypatch.setattr(type(bank), "remember", broken)
    state = await asyncio.wait_for(play("I see.").say("Do you remember me?"), 10)
    assert state["reply"] == "I see."
    assert events(state).count("memory was off") == 2
