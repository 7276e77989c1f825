"""Resources: who is asked for what, how often, and what beats what."""

import asyncio
import time

import pytest

from langgraph_roleplay import opened
from langgraph_roleplay import resources as module
from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import MemoryUnavailable, ModelError, PersonaError
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.models import ScriptedChatModel, ScriptedEmbeddings
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

SETTINGS = Settings(model="embedded:smollm2")


@pytest.fixture
def loaded(monkeypatch):
    specs: list[str] = []

    def load(spec, *, settings):
        specs.append(spec)
        return ScriptedChatModel([spec])

    monkeypatch.setattr(module, "load_chat_model", load)
    return specs


@pytest.mark.parametrize(
    ("passed", "context", "spec"),
    [
        (None, Context(), "embedded:smollm2"),
        (None, Context(model="openai:x"), "openai:x"),
        ("ollama:y", Context(model="openai:x"), "ollama:y"),
    ],
)
async def test_what_is_passed_in_beats_the_context_which_beats_the_settings(loaded, passed, context, spec):
    await Resources(settings=SETTINGS, model=passed).chat_model(context)
    assert loaded == [spec]


async def test_a_model_that_is_passed_in_is_used_as_it_is(loaded):
    model = ScriptedChatModel(["yes"])
    assert await Resources(settings=SETTINGS, model=model).chat_model(Context(model="openai:x")) is model
    assert loaded == []


async def test_many_turns_at_once_load_a_model_once(loaded):
    resources = Resources(settings=SETTINGS)
    models = await asyncio.gather(*(resources.chat_model(Context()) for _ in range(8)))
    assert len(loaded) == 1
    assert len({id(model) for model in models}) == 1


async def test_a_model_that_a_turn_gave_up_waiting_for_is_not_loaded_once_more(monkeypatch):
    loads, model = [], ScriptedChatModel(["yes"])

    def load(spec, *, settings):
        loads.append(spec)
        time.sleep(0.1)
        return model

    monkeypatch.setattr(module, "load_chat_model", load)
    resources = Resources(settings=SETTINGS)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(resources.chat_model(Context()), 0.02)
    assert await resources.chat_model(Context()) is model
    assert len(loads) == 1


async def test_a_model_that_could_not_be_loaded_is_tried_again(monkeypatch):
    answers = [ModelError("no key"), ScriptedChatModel(["yes"])]

    def load(spec, *, settings):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(module, "load_chat_model", load)
    resources = Resources(settings=SETTINGS)
    with pytest.raises(ModelError):
        await resources.chat_model(Context())
    assert await resources.chat_model(Context())


def test_each_event_loop_gets_a_model_of_its_own(loaded):
    resources = Resources(settings=SETTINGS)
    first, second = (asyncio.run(resources.chat_model(Context())) for _ in range(2))
    assert first is not second


async def test_a_memory_that_can_not_be_opened_is_not_tried_again_at_once(monkeypatch):
    tries = []

    async def closed(home, *, embeddings, api_key, limits, **options):
        tries.append(home)
        raise MemoryUnavailable("closed")

    monkeypatch.setattr(MemoryBank, "open", closed)
    monkeypatch.setattr(module, "load_embeddings", lambda spec, *, settings: ScriptedEmbeddings())
    resources = Resources(settings=SETTINGS)
    for _ in range(3):
        with pytest.raises(MemoryUnavailable, match="closed"):
            await resources.memory()
    assert len(tries) == 1
    monkeypatch.setattr(opened, "_RETRY_AFTER", 0.0)
    with pytest.raises(MemoryUnavailable):
        await resources.memory()
    assert len(tries) == 2


@pytest.mark.parametrize(
    ("model", "thinking", "level"),
    [
        ("embedded:smollm2", "auto", "quick"),
        ("openai:x", "auto", "measured"),
        ("embedded:smollm2", "deep", "deep"),
        ("openai:x", "quick", "quick"),
    ],
)
def test_auto_thinking_is_quick_on_the_embedded_model_and_measured_elsewhere(model, thinking, level):
    assert Resources(settings=SETTINGS).thinking(Context(model=model, thinking=thinking)) == level


async def test_a_client_can_not_have_a_file_read_by_naming_it_as_persona(tmp_path):
    card = tmp_path / "card.json"
    card.write_text('{"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Spy"}}')
    with pytest.raises(PersonaError):
        await Resources(settings=SETTINGS).persona(Context(persona=str(card)))


async def test_a_process_that_stays_up_looks_again_at_what_is_due(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(module, "load_embeddings", lambda spec, *, settings: ScriptedEmbeddings())
    done = []

    async def chores(bank, *, outbox, settings):
        done.append(bank)
        raise OSError("the disk is full")

    monkeypatch.setattr(module, "do_chores", chores)
    resources = Resources(settings=Settings(home=tmp_path, memory=":memory:"))
    for every, times in ((3600.0, 1), (0.0, 3)):
        monkeypatch.setattr(module, "_CHORES_EVERY", every)
        for _ in range(2):
            await resources.memory()
            await resources.chores_done()
        assert len(done) == times
    assert "not done: the disk is full" in caplog.text
    await resources.aclose()
