"""What is taken out of a conversation is in no byte of its file, and the conversation goes on."""

import re
import sqlite3
from contextlib import asynccontextmanager, closing

import pytest

from langgraph_roleplay import Context, MemoryBank, Scope, ScriptedChatModel, ScriptedEmbeddings, Settings
from langgraph_roleplay.cli import redaction as module
from langgraph_roleplay.cli.conversation import Conversation, NothingSaid
from langgraph_roleplay.cli.redaction import Redaction, find_affected, redact
from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.cli.threads import find_thread
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import Selection
from langgraph_roleplay.resources import Resources

SECRET = "My parrot Ignatius hides the stolen pearls."


def answer(number):
    return f"The clue marked {number} lies on the table. Observe number {number} closely."


@pytest.fixture
async def bank():
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    yield bank
    await bank.close()


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


@pytest.fixture
def open_talk(settings, bank):
    """Open a conversation of Ada and Holmes, as the command line does; each reply has a number of its own."""
    model = ScriptedChatModel([lambda messages: answer(len(model.calls))], loop=True)

    @asynccontextmanager
    async def opened(thread="first", user="Ada"):
        resources = Resources(settings=settings, model=model, memory=bank)
        async with open_threads(settings.threads) as saver:
            graph = build_turn(resources).compile(checkpointer=saver)
            context = Context(thinking="quick", user_name=user)
            notes = {"persona_ref": "sherlock-holmes", "user_name": user, "greeting": 1}
            yield Conversation(graph, saver=saver, thread=thread, context=context, resources=resources, notes=notes)

    return opened


@pytest.fixture
def talk(open_talk):
    async def say(*texts, thread="first", user="Ada"):
        async with open_talk(thread, user) as conversation:
            for text in texts:
                assert [part async for part in conversation.say(text)]
            return [message.text for message in await conversation.history()]

    return say


@pytest.fixture
def take_out(bank, settings):
    """Take one message out, or whole conversations."""

    async def take(text=None, *, whole=lambda thread: False, user="Ada"):
        found = [memory async for memory in bank.browse(Selection(user=user)) if memory.text == text]
        traces = [text[:40], *(memory.message_id for memory in found)] if text else []
        pattern = re.compile(b"|".join(re.escape(trace.encode()) for trace in traces)) if traces else None
        wish = Redaction(user=user, whole=whole, message_ids={memory.message_id for memory in found}, traces=pattern)
        affected = await find_affected(wish, settings=settings)
        assert await redact(affected, wish, bank=bank, settings=settings, tell=pytest.fail) == ""
        return affected

    return take


def raw(settings):
    return b"".join(path.read_bytes() for path in settings.home.rglob("*") if path.is_file())


async def test_a_message_is_in_no_byte_of_the_file_and_the_others_stay(talk, take_out, settings):
    await talk("Good evening.", SECRET, "What of the weather?")
    assert SECRET.encode() in raw(settings)
    affected = await take_out(SECRET)
    assert affected == ([], ["first"])
    assert SECRET.encode() not in raw(settings)
    assert SECRET[:40].encode() not in raw(settings)
    assert await talk() == ["Good evening.", answer(1), "[forgotten]", answer(2), "What of the weather?", answer(3)]


async def test_a_rewritten_conversation_goes_on_and_keeps_its_memories(talk, take_out, bank):
    """Keys of messages depend on all that was said before: those after the one that is gone get new ones."""
    await talk("Good evening.", SECRET, "I keep bees in Sussex.")
    await take_out(SECRET)
    assert (await talk("And wasps?"))[-2:] == ["And wasps?", answer(4)]
    hits = await bank.recall("bees in Sussex", scope=Scope(character="sherlock-holmes", user="Ada"), k=9)
    assert "I keep bees in Sussex." in {hit.memory.text for hit in hits}


async def test_what_was_recalled_elsewhere_is_out_of_that_conversation_too(talk, take_out, settings):
    await talk(SECRET)
    await talk("What hides the stolen pearls of parrot Ignatius?", thread="second")
    await talk("Nice weather.", thread="third", user="Ben")
    affected = await take_out(SECRET)
    assert affected.rewritten == ["first", "second"]
    assert SECRET[:40].encode() not in raw(settings)
    assert "What hides the stolen pearls of parrot Ignatius?" in await talk(thread="second")


async def test_a_whole_conversation_is_deleted_and_others_and_other_users_are_not(talk, take_out, settings):
    await talk(SECRET)
    await talk("Nice weather.", thread="second")
    await talk(SECRET, thread="third", user="Ben")
    affected = await take_out(whole=lambda thread: thread.id in ("first", "third"))
    assert affected == (["first"], [])
    assert await find_thread("first", settings=settings) is None
    assert await talk(thread="second") == ["Nice weather.", answer(2)]
    assert SECRET in await talk(thread="third", user="Ben")


async def test_a_rewritten_thread_knows_persona_user_and_last_words(talk, take_out, settings):
    await talk("Good evening.", SECRET)
    before = await find_thread("first", settings=settings)
    await take_out(SECRET)
    after = await find_thread("first", settings=settings)
    assert (after.persona, after.user_name, after.greeting) == (before.persona, "Ada", 1)
    assert (after.last_reply, after.begun) == (answer(2), True)


async def test_undo_reaches_back_to_the_rewriting_and_no_further(talk, open_talk, take_out):
    await talk("Good evening.", SECRET)
    await take_out(SECRET)
    await talk("What now?")
    async with open_talk() as conversation:
        await conversation.undo()
        assert len(await conversation.history()) == 4
        with pytest.raises(NothingSaid):
            await conversation.undo()


async def test_swiped_replies_and_messages_taken_back_go_with_it(open_talk, take_out, settings):
    async with open_talk() as conversation:
        for text in ("Good evening.", "My cat Belphegor stole the ring.", SECRET):
            assert [part async for part in conversation.say(text)]
            if "Belphegor" in text:
                await conversation.undo()
    await take_out(SECRET)
    assert b"Belphegor" not in raw(settings)


async def test_a_rewriting_that_breaks_off_leaves_the_conversation_as_it_was(talk, take_out, monkeypatch):
    await talk("Good evening.", SECRET)

    async def killed(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(module, "_replace", killed)
        with pytest.raises(KeyboardInterrupt):
            await take_out(SECRET)
    assert await talk() == ["Good evening.", answer(1), SECRET, answer(2)]
    await take_out(SECRET)
    assert await talk() == ["Good evening.", answer(1), "[forgotten]", answer(2)]


async def test_an_idle_window_does_not_keep_the_text_in_the_log(talk, take_out, settings):
    async with open_threads(settings.threads):  # the log stays while anybody has the file open
        await talk("Good evening.", SECRET)
        await take_out(SECRET)
        assert SECRET.encode() not in raw(settings)


async def test_what_was_deleted_before_without_care_is_wiped_too(talk, take_out, settings):
    await talk("Good evening.", SECRET)
    rows = [("gone", "", str(number), b"My cat Belphegor stole the ring. " * 20) for number in range(300)]
    with closing(sqlite3.connect(settings.threads)) as careless:
        careless.execute("PRAGMA secure_delete=OFF")
        add = "INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, checkpoint) VALUES (?, ?, ?, ?)"
        careless.executemany(add, rows)
        careless.commit()
        careless.execute("DELETE FROM checkpoints WHERE thread_id = 'gone'")
        careless.commit()
    assert b"Belphegor" in raw(settings)
    await take_out(SECRET)
    assert b"Belphegor" not in raw(settings)
