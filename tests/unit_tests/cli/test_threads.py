import asyncio
import json
from functools import partial

import pytest

from langgraph_roleplay import Context, MemoryBank, ScriptedChatModel, ScriptedEmbeddings, Settings, SettingsError
from langgraph_roleplay.cli.conversation import Conversation
from langgraph_roleplay.cli.opening import Wishes, decide_opening
from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.cli.threads import find_thread, list_threads
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.personas.users import UserLibrary
from langgraph_roleplay.resources import Resources

REPLY = "We dive at dawn, Professor."


async def talk(home, thread, words, **wishes):
    """Say `words` in a thread as the command line would; returns the settings."""
    settings = Settings(home=home)
    wishes = Wishes(**{"persona": "captain-nemo", "thread": thread, "name": "Ada", "greeting": 2} | wishes)
    opening = await asyncio.to_thread(decide_opening, wishes, settings=settings)
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    resources = Resources(settings=settings, model=ScriptedChatModel([REPLY], loop=True), memory=bank)
    async with open_threads(settings.threads) as saver:
        graph = build_turn(resources).compile(checkpointer=saver)
        conversation = Conversation(
            graph,
            saver=saver,
            thread=thread,
            context=opening.context,
            resources=resources,
            notes=opening.notes(),
        )
        for text in words:
            assert [part async for part in conversation.say(text)]
        if thread == "taken-back":
            await conversation.undo()
    return settings


async def test_a_thread_knows_persona_user_and_greeting_and_its_last_words(tmp_path):
    settings = await talk(tmp_path, "voyage", ["Where to?"])
    found = await find_thread("voyage", settings=settings)
    assert (found.persona, found.user_name, found.greeting, found.last_reply) == ("captain-nemo", "Ada", 2, REPLY)
    assert await find_thread("other", settings=settings) is None


async def test_threads_are_listed_latest_first_and_empty_ones_not_at_all(tmp_path):
    for thread in ("first", "taken-back", "second"):
        settings = await talk(tmp_path, thread, ["Where to?"])
    assert [thread.id for thread in await list_threads(settings=settings, limit=9)] == ["second", "first"]


@pytest.mark.parametrize("place", ["folder", "under-a-file"])
async def test_a_place_that_cannot_hold_conversations_is_named(tmp_path, place):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    path = {"folder": tmp_path / "folder", "under-a-file": tmp_path / "file" / "threads.sqlite"}[place]
    with pytest.raises(SettingsError, match=path.name):
        async with open_threads(path):
            pass


async def test_the_file_of_conversations_is_the_users_alone(tmp_path):
    settings = await talk(tmp_path, "voyage", ["Where to?"])
    assert settings.threads.stat().st_mode & 0o077 == 0


def test_the_default_context_is_unchanged_by_an_empty_command_line(tmp_path):
    opening = decide_opening(Wishes(), settings=Settings(home=tmp_path))
    assert opening.context == Context()
    assert opening.thread.startswith("sherlock-holmes-")


async def test_a_thread_goes_on_as_the_same_person_with_the_same_lore_at_the_same_time(tmp_path):
    (tmp_path / "personas").mkdir()
    book = json.dumps({"spec": "lorebook_v3", "data": {"entries": []}})
    for name in ("moons", "stars"):
        (tmp_path / "personas" / f"{name}.json").write_text(book)
    ada = UserLibrary(Settings(home=tmp_path).users).add("Ada", "A clockmaker.")
    wishes = {"user_persona": ada.id, "lorebooks": ("moons", "stars"), "story_time": 3.5, "name": None}
    settings = await talk(tmp_path, "voyage", ["Where to?"], **wishes)

    def resumed(**more):
        return decide_opening(Wishes(thread="voyage", **more), settings=settings)

    again = await asyncio.to_thread(resumed)
    assert again.resumed
    assert again.context == Context(
        persona="captain-nemo",
        user_name="Ada",
        user_description="A clockmaker.",
        lorebooks=("moons", "stars"),
        story_time=3.5,
        greeting=1,
    )
    other = await asyncio.to_thread(partial(resumed, lorebooks=("",), story_time=4.0, user_persona=""))
    assert (other.context.lorebooks, other.context.story_time) == ((), 4.0)
    assert (other.context.user_name, other.context.user_description) == ("Ada", "")
