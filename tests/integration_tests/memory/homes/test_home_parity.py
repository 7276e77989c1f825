"""Every home gives the same answers: Edge, qdrant-client's `:memory:`, and a server where QDRANT_URL is set."""

import itertools
import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from qdrant_client import models

from langgraph_roleplay.memory import MemoryBank, filters
from langgraph_roleplay.memory.homes.opening import open_home
from langgraph_roleplay.memory.records import Selection

WHO = ["Anna", "the captain", "my brother", "a stranger", "Dr Watson", "王小明"]
DID = ["drank tea", "found the letter", "lost a blue hat", "walked to the harbour", "喝了绿茶", "wrote a letter"]
WHEN = ["yesterday", "in the rain", "before breakfast", "at the old harbour", "on Sunday", "昨天"]
SENTENCES = [" ".join(parts) + "." for parts in itertools.product(WHO, DID, WHEN)]
QUESTIONS = [
    "who wrote the letter",
    "the blue hat",
    "tea in the rain",
    "Anna harbour Sunday",
    "what did the captain find before breakfast",
    "王小明喝了什么茶",
    "stranger",
    "did Watson walk",
]
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def banks(open_bank, embeddings):
    """The same bank in every home that can be had here, Edge first."""
    opened = [await open_bank(), await MemoryBank.open(":memory:", embeddings=embeddings)]
    if url := os.environ.get("QDRANT_URL"):
        key = os.environ.get("QDRANT_API_KEY")
        named = type(embeddings)(model=f"parity-{uuid.uuid4().hex[:8]}")
        opened.append(await MemoryBank.open(url, embeddings=named, api_key=key))
    yield opened
    for bank in opened[1:]:
        await bank.close()


@pytest.fixture
def said(memory):
    """Memories that differ in all that filters ask for."""
    return [
        memory(
            text,
            turn=turn if turn % 11 else None,
            thread=f"t{turn % 3}",
            message_id=f"m{turn}" if turn % 7 else None,
            key=f"h{turn}" if turn % 5 else None,
            kind=("turn", "fact")[turn % 2],
            at=START + timedelta(days=turn, hours=turn % 5),
            observers=(("holmes",), ("holmes", "watson"), None)[turn % 3],
            secrecy=("open", "secret")[turn % 4 == 0],
            story_time=turn - 100.5 if turn % 3 else None,
            evidence=(str(uuid.UUID(int=turn // 2)),) if turn % 6 == 0 else (),
            id=str(uuid.UUID(int=turn * 0x9E3779B97F4A7C15 % 2**128)),
        )
        for turn, text in enumerate(SENTENCES)
    ]


def conditions(scope, ids):
    """Every filter that the bank builds, and what is empty."""
    branch = scope.model_copy(update={"branch": tuple(f"h{turn}" for turn in range(0, 90))})
    listened = scope.model_copy(update={"audience": ("watson", "lestrade"), "story_time": -20.0})
    of_user = Selection(user="anna")
    return {
        "all": models.Filter(),
        "corpus": filters.corpus(scope),
        "visible": filters.visible(scope),
        "on a branch": filters.visible(branch),
        "on no branch": filters.visible(scope.model_copy(update={"branch": ()})),
        "with listeners, by now": filters.visible(listened),
        "excluded": filters.visible(scope, exclude=["m1", "m2"]),
        "ids": filters.visible(scope, ids=ids[:9]),
        "no ids": filters.among("anna", []),
        "outdated": filters.outdated(scope),
        "successors": filters.successors(scope, ids[:3]),
        "successors of none": filters.successors(scope, []),
        "selected": filters.selected(of_user),
        "kind": filters.selected(of_user.model_copy(update={"kind": "fact", "thread": "t1"})),
        "messages": filters.selected(of_user.model_copy(update={"message_ids": ("m3", "m4", "nobody's")})),
        "no messages": filters.selected(of_user.model_copy(update={"message_ids": ()})),
        "stranger": filters.selected(Selection(user="nobody")),
        "alive": filters.alive(of_user),
        "current": filters.current(of_user),
        "replaced somewhere": filters.current(of_user, outdated=1),
        "replacing": filters.replacing(of_user, ids[:3]),
        "taken back": filters.retracted("anna", ids),
        "resting": filters.resting_on("anna", [str(uuid.UUID(int=3)), str(uuid.UUID(int=12))]),
        "resting on nothing": filters.resting_on("anna", []),
        "older": filters.older("anna", datetime(2026, 3, 1, 5, 30, tzinfo=UTC)),
        "abandoned": filters.abandoned(branch, turn=40),
        "resumed": filters.resumed(branch),
        "nested nothing": models.Filter(must=[models.Filter(should=[filters.among("anna", [])])]),
    }


async def contents(home, where, **options):
    """All points, page by page."""
    hits, start = [], None
    while True:
        page = await home.scroll(where, limit=50, start=start, **options)
        assert len(page.hits) <= 50
        hits += page.hits
        start = page.after
        if start is None:
            return hits


async def test_every_filter_finds_the_same(banks, said, scope):
    for bank in banks:
        await bank.remember(said)
    counts = {}
    for name, where in conditions(scope, [one.id for one in said]).items():
        lists = [[hit[:3] for hit in await contents(bank.home, where)] for bank in banks]
        assert all(found == lists[0] for found in lists), name
        assert {await bank.home.count(where) for bank in banks} == {len(lists[0])}, name
        counts[name] = len(lists[0])
    nothing = {"no ids", "successors of none", "no messages", "stranger", "resting on nothing", "nested nothing"}
    assert {name for name, count in counts.items() if count == 0} >= nothing
    assert len({*counts.values()}) > 10, counts


async def test_writing_marking_and_deleting_leave_the_same_behind(banks, said, scope):
    for bank in banks:
        await bank.remember(said)
        await bank.remember([one.model_copy(update={"speaker": "nobody"}) for one in said[:5]])
        await bank.edit(said[6].id, "other words", user="anna")
        await bank.home.mark(filters.among("anna", [one.id for one in said[10:14]]), {"outdated": 1})
        await bank.retract(scope, message_ids=["m31", "m34"])
        await bank.home.delete(filters.older("anna", START + timedelta(days=4)))
        await bank.home.delete(filters.among("anna", []))
        await bank.home.mark(filters.among("anna", []), {"outdated": 1})
    lists = [await contents(bank.home, models.Filter()) for bank in banks]
    for found in lists[1:]:
        assert [hit[:3] for hit in found] == [hit[:3] for hit in lists[0]]
    assert len(lists[0]) == len(said) - 4
    assert {hit.payload["speaker"] for hit in lists[0]} == {"anna"}


async def test_pages_carry_the_same_vectors_and_fields(banks, said):
    for bank in banks:
        await bank.remember(said[:60])
    first, *others = [await contents(bank.home, models.Filter(), vectors=True) for bank in banks]
    for other in others:
        for one, same in zip(first, other, strict=True):
            assert one.vector["bm25"].indices == same.vector["bm25"].indices
            assert one.vector["bm25"].values == pytest.approx(same.vector["bm25"].values)
            assert one.vector["dense"] == pytest.approx(same.vector["dense"], abs=1e-6)
    lists = [await contents(bank.home, models.Filter(), fields=["turn", "nothing"]) for bank in banks]
    assert all(found == lists[0] for found in lists)
    assert {tuple(hit.payload) for hit in lists[0]} == {("turn", "nothing")}


async def test_searches_score_the_same(banks, said, scope, embeddings):
    for bank in banks:
        await bank.remember(said)
    requests = [
        models.QueryRequest(
            query=embeddings.embed_query(question),
            using="dense",
            filter=filters.visible(scope),
            limit=300,
        )
        for question in QUESTIONS
    ]
    lists = [await bank.home.query(requests) for bank in banks]
    for number in range(len(requests)):
        scores = [{known: round(score, 4) for known, score in found[number].by_id().items()} for found in lists]
        assert all(other == pytest.approx(scores[0], abs=2e-4) for other in scores)


async def test_every_home_recalls_the_same_in_the_same_order(banks, said, scope):
    here = scope.model_copy(update={"branch": tuple(f"h{turn}" for turn in range(0, 90))})
    for bank in banks:
        await bank.remember(said)
        await bank.settle_branch(here, turn=40)
    assert len({await bank.count(here) for bank in banks}) == 1
    for question, asked in itertools.product(QUESTIONS, (scope, here)):
        lists = [
            [hit.memory.id for hit in await bank.recall(question, scope=asked, k=20, exclude={"m1"})] for bank in banks
        ]
        assert all(found == lists[0] for found in lists), question
        assert lists[0]


async def test_a_home_without_memories_is_not_made_by_looking(tmp_path):
    from langgraph_roleplay.errors import MemoryUnavailable

    for location in (":memory:", tmp_path / "memory"):
        with pytest.raises(MemoryUnavailable, match="there are no memories"):
            await open_home(location, fingerprint=None)
    assert not (tmp_path / "memory").exists()
