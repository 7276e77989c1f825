"""Evidence recall on LoCoMo: the bank, what each part of its ranking adds, and the peers, in one run."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from rich.console import Group, RenderableType

from langgraph_roleplay.evals.bench.locomo_ablation import STEPS, Arms, fused
from langgraph_roleplay.evals.bench.locomo_corpus import Corpus, filled, scope_of
from langgraph_roleplay.evals.bench.locomo_data import ADVERSARIAL, Conversation, Question, read_locomo
from langgraph_roleplay.evals.bench.locomo_peers import PEERS, Peer
from langgraph_roleplay.evals.bench.locomo_scores import Answer, auroc, evidence_recall
from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.memory import MemoryBank, RecalledMemory
from langgraph_roleplay.memory.ranking.cues import named
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS
from langgraph_roleplay.models import load_embeddings

__all__ = ["bench_locomo"]

_TARGET = "≥ 0.78 at 10 and ≥ 0.84 at 20"
_K = 20
_EMBEDDINGS = "embedded:wordllama"
_Search = Callable[[Conversation, Question], Awaitable[Sequence[str]]]


class _Row(NamedTuple):
    title: str
    answers: list[Answer]


async def bench_locomo(data: Path) -> RenderableType:
    """Ask every question of every conversation.

    Args:
        data: the folder with `locomo/locomo.json`.
    """
    file = data / "locomo" / "locomo.json"
    if not file.is_file():
        return f"locomo: skipped, there is no {file} (--data FOLDER says where it is)"
    conversations = read_locomo(file)
    async with filled(conversations, embeddings=load_embeddings(_EMBEDDINGS)) as corpus:
        rows = [row async for row in _ablation(corpus)]
        peers = [await _peer(corpus, title) for title in PEERS]
        abstention = await _abstention(corpus)
    return Group(_table(conversations, [*rows, *peers]), abstention)


async def _ablation(corpus: Corpus) -> AsyncIterator[_Row]:
    arms = Arms(corpus.bank.home, vectorizer=corpus.vectorizer)

    async def search(conversation: Conversation, question: Question) -> dict[str, list[str]]:
        limit = DEFAULT_WEIGHTS.candidates
        found = await arms.search(question.text, scope=scope_of(conversation), limit=limit)
        return {name: [corpus.turns[known] for known in ids] for name, ids in found.items()}

    async def alone(name: str, conversation: Conversation, question: Question) -> list[str]:
        return (await search(conversation, question)).get(name, [])

    async def both(conversation: Conversation, question: Question) -> list[str]:
        return fused(list((await search(conversation, question)).values()))

    yield await _row("dense, query as it is", corpus, lambda *asked: alone("dense", *asked))
    yield await _row("BM25, query as it is", corpus, lambda *asked: alone("bm25", *asked))
    yield await _row("plain RRF of these", corpus, both)
    for title, weights in STEPS.items():
        yield await _row(title, corpus, _searcher(corpus.at(weights), corpus.turns))


def _searcher(bank: MemoryBank, turns: dict[str, str]) -> _Search:
    async def search(conversation: Conversation, question: Question) -> list[str]:
        hits = await bank.recall(question.text, scope=scope_of(conversation), k=_K)
        return [turns[hit.memory.id] for hit in hits]

    return search


async def _row(title: str, corpus: Corpus, search: _Search) -> _Row:
    answers = []
    for conversation in corpus.conversations:
        lengths = {turn.id: len(turn.text) for turn in conversation.turns}
        for question in conversation.questions:
            start = time.perf_counter()
            ids = await search(conversation, question)
            seconds = time.perf_counter() - start
            answers.append(Answer(question, ids, sum(lengths[known] for known in ids[:10]), seconds))
    return _Row(title, answers)


async def _peer(corpus: Corpus, title: str) -> _Row:
    try:
        peer = await PEERS[title](corpus.embeddings, corpus.vectorizer.fingerprint.dimension)
    except ImportError as missing:
        return _Row(f"{title}: no {missing.name}", [])
    for conversation in corpus.conversations:
        await peer.put(conversation.name, {turn.id: turn.text for turn in conversation.turns})
    return await _row(title, corpus, _peer_searcher(peer))


def _peer_searcher(peer: Peer) -> _Search:
    async def search(conversation: Conversation, question: Question) -> list[str]:
        return await peer.search(conversation.name, question.text, k=_K)

    return search


async def _abstention(corpus: Corpus) -> RenderableType:
    """How well the best relevance before fusion tells questions that can be answered from those that can't."""
    scores: dict[str, dict[bool, list[float]]] = {}
    for conversation in corpus.conversations:
        speakers = {turn.speaker for turn in conversation.turns}
        for question in conversation.questions:
            hits = await corpus.bank.recall(question.text, scope=scope_of(conversation), k=_K)
            for title, score in _best(hits, named(question.text, speakers)).items():
                scores.setdefault(title, {}).setdefault(question.category != ADVERSARIAL, []).append(score)
    rows = [[title, f"{auroc(found[True], found[False]):.3f}"] for title, found in scores.items()]
    data = "the best of 20 recalled; questions with answers (categories 1-4) against adversarial ones (5)"
    return make_table("LoCoMo: who can be answered", data, ["best relevance before fusion", "AUROC"], rows)


def _best(hits: Sequence[RecalledMemory], speakers: frozenset[str]) -> dict[str, float]:
    said = [hit for hit in hits if hit.memory.speaker in speakers]
    dense = max((hit.why.dense or 0.0 for hit in hits), default=0.0)
    return {
        "dense": dense,
        "BM25": max((hit.why.bm25 or 0.0 for hit in hits), default=0.0),
        "dense, said by who is named": max((hit.why.dense or 0.0 for hit in said), default=0.0) if speakers else dense,
    }


def _table(conversations: Sequence[Conversation], rows: Sequence[_Row]) -> RenderableType:
    turns, questions = (
        sum(map(len, column)) for column in zip(*((c.turns, c.questions) for c in conversations), strict=True)
    )
    data = (
        f"{len(conversations)} conversations, {turns:,} turns (with captions), {questions:,} questions with evidence; "
        f"{_EMBEDDINGS}, Qdrant Edge, k = {_K}; R: evidence recall; c1 multi-hop, c2 temporal, c3 open-domain, "
        "c4 single-hop; tokens: characters of the first ten / 4; ms: median with embedding; peers in memory"
    )
    columns = ["", "R@10", "R@20", "c1", "c2", "c3", "c4", "tokens", "ms"]
    return make_table(f"LoCoMo (target: {_TARGET})", data, columns, [_cells(row) for row in rows])


def _cells(row: _Row) -> list[str]:
    if not row.answers:
        return [row.title, *["-"] * 8]
    recalls = [
        evidence_recall(row.answers, k=10),
        evidence_recall(row.answers, k=20),
        *(evidence_recall(row.answers, k=10, category=category) for category in (1, 2, 3, 4)),
    ]
    tokens, ms = fmean(a.characters for a in row.answers) / 4, median(a.seconds for a in row.answers) * 1000
    return [row.title, *(f"{recall:.3f}" for recall in recalls), f"{tokens:.0f}", f"{ms:.1f}"]
