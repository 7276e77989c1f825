"""The library on Qdrant Edge with wordllama, and two books of LitBank."""

import asyncio
import statistics
import time
from pathlib import Path

import pytest

from langgraph_roleplay.evals.bench.book_questions import BOOKS
from langgraph_roleplay.evals.bench.persona_search import questions_of
from langgraph_roleplay.memory import Memory, MemoryBank, Scope
from langgraph_roleplay.models import load_embeddings
from langgraph_roleplay.personas.documents import load_document
from langgraph_roleplay.personas.finding import Library

DATA = Path("../shared/data")
LITBANK = DATA / "litbank" / "original"
ALICE = "11_alices_adventures_in_wonderland.txt"
needs_books = pytest.mark.skipif(not LITBANK.is_dir(), reason="LitBank is in ../shared/data, which is not here")


@pytest.fixture
async def library(tmp_path):
    library = await Library.open(tmp_path / "library", embeddings=load_embeddings("embedded:wordllama"))
    yield library
    await library.close()


@needs_books
async def test_a_book_of_300_pages_is_attached_in_seconds_and_searched_in_milliseconds(library):
    path = LITBANK / "1661_the_adventures_of_sherlock_holmes.txt"
    start = time.monotonic()
    attached = await library.attach("holmes", await asyncio.to_thread(load_document, path))
    assert time.monotonic() - start < 30
    assert attached.passages > 500
    assert attached.chapters == 12
    await library.passages("holmes", "who are you")
    seconds = []
    for asked in BOOKS[path.name]:
        start = time.monotonic()
        await library.passages("holmes", asked.question)
        seconds.append(time.monotonic() - start)
    assert statistics.median(seconds) < 0.05  # 5 ms on an idle machine


@needs_books
async def test_most_questions_find_the_passage_that_answers(library):
    await library.attach("alice", await asyncio.to_thread(load_document, LITBANK / ALICE))
    found = 0
    for asked in BOOKS[ALICE]:
        hits = await library.passages("alice", asked.question, k=3)
        found += any(answer in " ".join(hit.memory.text.split()) for hit in hits for answer in asked.answers)
    assert found >= 8


@needs_books
async def test_a_scene_in_an_early_chapter_is_told_of_nothing_later(library):
    await library.attach("alice", await asyncio.to_thread(load_document, LITBANK / ALICE))
    found = [await library.passages("alice", asked.question, story_time=3.0, k=8) for asked in BOOKS[ALICE]]
    times = [hit.memory.story_time for hits in found for hit in hits]
    assert set(times) == {1.0, 2.0, 3.0}


async def test_a_library_beside_the_memory_is_no_part_of_it(tmp_path):
    embeddings = load_embeddings("embedded:wordllama")
    bank = await MemoryBank.open(tmp_path / "memory", embeddings=embeddings)
    library = await Library.open(tmp_path / "library", embeddings=embeddings)
    try:
        whose = {"character": "keeper", "user": "ann", "thread": "t"}
        await bank.remember([Memory(text="The lamp burns blue.", speaker="Ann", **whose)])
        entries = {"a": "The lamp burns blue."}
        await library.index_lore(entries.values())
        await bank.forget(user="ann")
        assert await library.find_lore("blue lamp", entries)
        assert await bank.recall("blue lamp", scope=Scope(character="keeper", user="ann")) == []
    finally:
        await bank.close()
        await library.close()
    assert await Library.exists(tmp_path / "library")


def test_each_question_of_personagym_has_its_persona():
    asked = [{"persona": "A baker", "questions": {"Toxicity": ["Why bread?"], "Action": ["What now?"]}}]
    questions = questions_of(["A sailor", "A baker"], asked)
    assert [(one.text, one.persona) for one in questions] == [("Why bread?", "persona-1"), ("What now?", "persona-1")]
