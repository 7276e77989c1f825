import asyncio
import math
import subprocess
import sys
import time

import pytest

from langgraph_roleplay.memory.home import Fingerprint
from langgraph_roleplay.memory.vectors import Vectorizer
from langgraph_roleplay.models import load_embeddings


@pytest.fixture(scope="module")
def embeddings():
    return load_embeddings("embedded:wordllama")


@pytest.mark.parametrize("text", ["A lost dog.", "", " ", "🐕🦴", "\x00\x07", "\ud800", "福尔摩斯", "x" * 20_000])
def test_any_text_gives_a_finite_vector_of_length_one(embeddings, text):
    vector = embeddings.embed_query(text)
    assert len(vector) == 256
    assert all(isinstance(value, float) and math.isfinite(value) for value in vector)
    assert math.isclose(math.hypot(*vector), 1, abs_tol=1e-5)


def test_texts_of_like_meaning_are_nearer(embeddings):
    dog, puppy, tea = embeddings.embed_documents(["I lost my dog", "my puppy ran away", "the price of tea"])
    assert math.dist(dog, puppy) < math.dist(dog, tea)


def test_no_texts_give_no_vectors(embeddings):
    assert embeddings.embed_documents([]) == []


async def test_memories_are_told_by_its_name_not_by_its_class(embeddings):
    assert (await Vectorizer.create(embeddings)).fingerprint == Fingerprint("wordllama", 256)


async def test_a_big_batch_leaves_the_event_loop_free(embeddings):
    task = asyncio.ensure_future(embeddings.aembed_documents(["word " * 200] * 300))
    longest, last = 0.0, time.perf_counter()
    while not task.done():
        await asyncio.sleep(0.001)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert len(task.result()) == 300
    assert longest < 0.25


def test_loading_leaves_the_users_logging_alone():
    program = (
        "import logging; from langgraph_roleplay.models import load_embeddings; load_embeddings('embedded:wordllama');"
        "print(logging.getLogger().handlers, logging.getLogger().level)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[] 30", "")
