import asyncio
from contextlib import aclosing, asynccontextmanager, nullcontext
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langgraph_roleplay import Context, MemoryBank, PersonaError, Scope, ScriptedChatModel, ScriptedEmbeddings, Settings
from langgraph_roleplay.cli.alone import alone_in
from langgraph_roleplay.cli.conversation import Conversation, NothingSaid
from langgraph_roleplay.cli.failures import Fatal
from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.errors import MemoryUnavailable, ModelError
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.resources import Resources

SCOPE = Scope(character="sherlock-holmes", user="Visitor")


class Numbered:
    """Replies that can be told apart and pass the checks."""

    def __init__(self):
        self.count = 0

    def __call__(self, messages):
        self.count += 1
        return f"The clue marked {self.count} lies on the table. Observe number {self.count} closely."


@asynccontextmanager
async def opened(folder, *, model=None, bank=None, thread="t", persona="sherlock-holmes", told=None):
    model = model or ScriptedChatModel([Numbered()], loop=True)
    bank = bank or await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    resources = Resources(settings=Settings(home=folder), model=model, memory=bank)
    async with open_threads(folder / "threads.sqlite") as saver:
        graph = build_turn(resources).compile(checkpointer=saver)
        context = Context(persona=persona, thinking="quick")
        alone = nullcontext if told is None else partial(alone_in, thread, folder=folder / "locks", tell=told.append)
        yield Conversation(graph, saver=saver, thread=thread, context=context, resources=resources, alone=alone)


async def hear(parts):
    return "".join([part async for part in parts])


async def texts(conversation):
    return [message.text for message in await conversation.history()]


async def recalled(conversation, query):
    bank = await conversation.resources.memory()
    return {hit.memory.text for hit in await bank.recall(query, scope=SCOPE, k=50)}


async def test_what_is_heard_is_what_is_kept(tmp_path):
    async with opened(tmp_path) as talk:
        heard = await hear(talk.say("Who are you?"))
        assert await texts(talk) == ["Who are you?", heard]
        assert heard.count("The clue marked 1") == 1


async def test_a_conversation_goes_on_after_it_was_closed(tmp_path):
    async with opened(tmp_path) as talk:
        await hear(talk.say("My name is Ada."))
        before = await texts(talk)
    async with opened(tmp_path) as talk:
        assert await texts(talk) == before
        await hear(talk.say("Go on."))
        assert (await texts(talk))[:2] == before


async def test_swipe_redoes_the_reply_alone(tmp_path):
    async with opened(tmp_path) as talk:
        first = await hear(talk.say("One."))
        second = await hear(talk.swipe())
        third = await hear(talk.swipe())
        assert len({first, second, third}) == 3
        assert await texts(talk) == ["One.", third]


async def test_swipe_hides_the_old_reply_from_other_conversations(tmp_path):
    async with opened(tmp_path) as talk:
        old = await hear(talk.say("Tell me of the clue."))
        new = await hear(talk.swipe())
        found = await recalled(talk, "clue marked table number")
        assert new in found
        assert old not in found


async def test_swipe_redoes_a_reply_that_was_carried_on_as_a_whole(tmp_path):
    async with opened(tmp_path) as talk:
        await hear(talk.say("One."))
        await hear(talk.carry_on())
        redone = await hear(talk.swipe())
        assert await texts(talk) == ["One.", redone]


async def test_carry_on_adds_to_the_last_reply(tmp_path):
    async with opened(tmp_path) as talk:
        first = await hear(talk.say("One."))
        more = await hear(talk.carry_on())
        assert await texts(talk) == ["One.", first + more]


async def test_undo_goes_down_to_the_empty_conversation_and_up_again(tmp_path):
    async with opened(tmp_path) as talk:
        for word in ("One.", "Two.", "Three."):
            await hear(talk.say(word))
        taken = [(await talk.undo())[0].text for _ in range(3)]
        assert taken == ["Three.", "Two.", "One."]
        assert await texts(talk) == []
        with pytest.raises(NothingSaid):
            await talk.undo()
        reply = await hear(talk.say("Again."))
    async with opened(tmp_path) as talk:
        assert await texts(talk) == ["Again.", reply]


async def test_undo_hides_the_turn_from_other_conversations(tmp_path):
    async with opened(tmp_path) as talk:
        kept = await hear(talk.say("Violin music calms me."))
        gone = await hear(talk.say("Violin strings are of gut."))
        await talk.undo()
        found = await recalled(talk, "violin clue marked table")
        assert {"Violin music calms me.", kept} <= found
        assert not {"Violin strings are of gut.", gone} & found


async def test_undo_works_while_memory_is_off(tmp_path):
    class Off(MemoryBank):
        async def settle_branch(self, *args, **kwargs):
            raise MemoryUnavailable("gone")

        recall = remember = settle_branch

    bank = Off((await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings()))._home, vectorizer=None)
    async with opened(tmp_path, bank=bank) as talk:
        await hear(talk.say("One."))
        await talk.undo()
        assert await texts(talk) == []


async def test_edit_replaces_the_last_message(tmp_path):
    async with opened(tmp_path) as talk:
        first = await hear(talk.say("One."))
        await hear(talk.say("Tow."))
        reply = await hear(talk.edit("Two."))
        assert await texts(talk) == ["One.", first, "Two.", reply]


@pytest.mark.parametrize("act", ["swipe", "carry_on", "undo"])
async def test_nothing_can_be_redone_before_something_was_said(tmp_path, act):
    async with opened(tmp_path) as talk:
        with pytest.raises(NothingSaid):
            await (talk.undo() if act == "undo" else hear(getattr(talk, act)()))


async def broken_off(talk, parts, *, after):
    """Cancel the task that listens once it has heard `after` parts; returns what it heard."""
    heard, enough = [], asyncio.Event()

    async def listen():
        async with aclosing(parts) as stream:
            async for part in stream:
                heard.append(part)
                if len(heard) == after:
                    enough.set()

    task = asyncio.create_task(listen())
    waiting = asyncio.create_task(enough.wait()) if after else asyncio.create_task(asyncio.sleep(0.15))
    await waiting
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return "".join(heard)


async def test_what_was_heard_of_a_broken_off_reply_is_kept_and_remembered(tmp_path):
    model = ScriptedChatModel([Numbered()], loop=True, delay=0.02)
    async with opened(tmp_path, model=model) as talk:
        heard = await broken_off(talk, talk.say("One clue?"), after=1)
        assert heard
        assert await texts(talk) == ["One clue?", heard]
        assert {"One clue?", heard} <= await recalled(talk, "clue marked table")
        assert not (await talk._graph.aget_state(await talk._config())).next
    async with opened(tmp_path) as talk:
        assert await texts(talk) == ["One clue?", heard]
        more = await hear(talk.say("Two."))
        assert await texts(talk) == ["One clue?", heard, "Two.", more]


async def test_a_carried_on_reply_that_is_broken_off_keeps_both_parts(tmp_path):
    model = ScriptedChatModel([Numbered()], loop=True, delay=0.02)
    async with opened(tmp_path, model=model) as talk:
        first = await hear(talk.say("One."))
        more = await broken_off(talk, talk.carry_on(), after=1)
        assert await texts(talk) == ["One.", first + more]


async def test_a_reply_broken_off_before_its_first_word_can_be_asked_for_again(tmp_path):
    model = ScriptedChatModel([Numbered()], loop=True, delay=1.0)
    async with opened(tmp_path, model=model) as talk:
        assert await broken_off(talk, talk.say("One."), after=0) == ""
        assert await texts(talk) == ["One."]
        model.delay = 0.0
        reply = await hear(talk.swipe())
        assert await texts(talk) == ["One.", reply]


async def test_a_message_without_a_reply_is_answered_by_carry_on(tmp_path):
    model = ScriptedChatModel([Numbered()], loop=True, delay=1.0)
    async with opened(tmp_path, model=model) as talk:
        await broken_off(talk, talk.say("One."), after=0)
        model.delay = 0.0
        reply = await hear(talk.carry_on())
        assert await texts(talk) == ["One.", reply]
        await talk.undo()
        assert await texts(talk) == []


async def test_a_message_is_kept_before_the_model_is_ready(tmp_path):
    async with opened(tmp_path) as talk:
        talk.ready = asyncio.get_running_loop().create_future()
        assert await broken_off(talk, talk.say("One."), after=0) == ""
        assert await texts(talk) == ["One."]
        talk.ready.set_result(None)
        reply = await hear(talk.swipe())
        assert await texts(talk) == ["One.", reply]
        more = await hear(talk.say("Two."))
        assert await texts(talk) == ["One.", reply, "Two.", more]


async def test_a_message_that_waited_for_the_model_is_answered_once_and_can_be_taken_back(tmp_path):
    async with opened(tmp_path) as talk:
        talk.ready = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.1, talk.ready.set_result, None)
        reply = await hear(talk.say("One."))
        assert await texts(talk) == ["One.", reply]
        await talk.undo()
        assert await texts(talk) == []


async def test_a_model_that_cannot_be_had_ends_the_chat_and_keeps_the_message(tmp_path):
    async with opened(tmp_path) as talk:
        talk.ready = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.1, talk.ready.set_exception, ModelError("no key"))
        with pytest.raises(Fatal, match="no key"):
            await hear(talk.say("One."))
        assert await texts(talk) == ["One."]


async def test_a_message_kept_without_waiting_is_answered_by_swipe(tmp_path):
    async with opened(tmp_path) as talk:
        await talk.keep("One.")
    async with opened(tmp_path) as talk:
        assert await texts(talk) == ["One."]
        reply = await hear(talk.swipe())
        assert await texts(talk) == ["One.", reply]


async def test_two_windows_in_one_thread_lose_no_reply(tmp_path):
    slow = ScriptedChatModel([Numbered()], loop=True, delay=0.01)
    told = []
    async with opened(tmp_path, model=slow, told=told) as first, opened(tmp_path, told=told) as second:
        replies = await asyncio.gather(hear(first.say("One.")), hear(second.say("Two.")))
        assert sorted(await texts(first)) == sorted(["One.", "Two.", *replies])
    assert told


async def test_who_is_stopped_while_waiting_for_another_window_has_said_nothing(tmp_path):
    async with opened(tmp_path, told=[]) as talk, alone_in("t", folder=tmp_path / "locks", tell=print):
        assert await broken_off(talk, talk.say("One."), after=0) == ""
        assert await texts(talk) == []


async def test_a_listener_who_stops_listening_keeps_what_it_heard(tmp_path):
    async with opened(tmp_path) as talk:
        async with aclosing(talk.say("One.")) as parts:
            heard = await anext(parts)
        assert await texts(talk) == ["One.", heard]


async def test_a_model_that_fails_loses_neither_the_message_nor_the_conversation(tmp_path):
    model = ScriptedChatModel([ConnectionError("down"), "The game is afoot once more."])
    async with opened(tmp_path, model=model) as talk:
        assert await hear(talk.say("One."))
        assert any(event["kind"] == "degraded" for event in (await talk.why())["events"])
        assert await hear(talk.swipe()) == "The game is afoot once more."
        assert await texts(talk) == ["One.", "The game is afoot once more."]


async def test_an_unknown_persona_is_named_before_anything_is_kept(tmp_path):
    async with opened(tmp_path, persona="sherlok-holmes") as talk:
        with pytest.raises(PersonaError, match="sherlock-holmes"):
            await hear(talk.say("One."))


@pytest.mark.parametrize("text", ["\x00\x1b[31mred", "🎻🎻🎻", "x" * 200_000, "lone \ud83d half"])
async def test_odd_messages_get_a_reply(tmp_path, text):
    async with opened(tmp_path) as talk:
        assert await hear(talk.say(text))
        assert len(await texts(talk)) == 2


async def test_two_windows_on_one_home_do_not_lock_each_other_out(tmp_path):
    async with opened(tmp_path, thread="a") as first, opened(tmp_path, thread="b") as second:
        await asyncio.gather(*(hear(talk.say(f"Line {n}.")) for n in range(3) for talk in (first, second)))
        assert len(await texts(second)) >= 2


async def test_the_export_begins_with_the_greeting_and_names_the_speakers(tmp_path):
    async with opened(tmp_path) as talk:
        reply = await hear(talk.say("One."))
        said = (await talk.export()).said
        assert [(line.role, line.text) for line in said[1:]] == [("user", "One."), ("character", reply)]
        assert said[0].role == "character"
        assert "{{" not in said[0].text


async def test_checkpoints_carry_readable_facts(tmp_path):
    async with opened(tmp_path) as talk:
        await hear(talk.say("One."))
        facts = (await talk._saver.aget_tuple({"configurable": {"thread_id": "t"}})).metadata
        expected = {"persona": "sherlock-holmes", "surface": "cli"}
        assert {key: facts[key] for key in expected} == expected
        assert facts["persona_hash"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["say", "say", "swipe", "undo", "carry_on", "edit"]), max_size=7))
async def test_any_row_of_acts_leaves_what_a_plain_list_would_even_if_closed_after_each(tmp_path_factory, acts):
    folder = tmp_path_factory.mktemp("home")
    model = ScriptedChatModel([Numbered()], loop=True)
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    expected: list[str] = []
    for number, act in enumerate(acts):
        async with opened(folder, model=model, bank=bank) as talk:
            if act == "say":
                expected += [f"Message {number}.", await hear(talk.say(f"Message {number}."))]
            elif not expected:
                with pytest.raises(NothingSaid):
                    await (talk.undo() if act == "undo" else hear(_iterate(talk, act, number)))
            elif act == "undo":
                await talk.undo()
                del expected[-2:]
            else:
                heard = await hear(_iterate(talk, act, number))
                expected[-1] = expected[-1] + heard if act == "carry_on" else heard
                if act == "edit":
                    expected[-2] = f"Message {number}."
            assert await texts(talk) == expected


def _iterate(talk, act, number):
    return talk.edit(f"Message {number}.") if act == "edit" else getattr(talk, act)()
