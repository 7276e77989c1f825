"""Persona search: a question that is put to a character, and the character among near-duplicates that it was made for.

PersonaGym (Samuel et al. 2024) has 86 personas of one sentence and 50 questions for each. Of two halves of the
questions, chosen by hash, one was looked at while the method was made; the other is reported beside it.
"""

import hashlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from rich.console import RenderableType

from langgraph_roleplay.evals.bench.locomo_ablation import Arms, fused
from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.memory import Memory, MemoryBank, Scope
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS, Weights
from langgraph_roleplay.models import load_embeddings
from langgraph_roleplay.personas import Persona
from langgraph_roleplay.personas.finding import Library

__all__ = ["bench_persona_search", "questions_of"]

_EMBEDDINGS = "embedded:wordllama"
_SCOPE = Scope(character="cast", user="cast")
_K = 100  # more than there are personas, so that each has a rank
_Search = Callable[[str], Awaitable[Sequence[str]]]
"""Ids of personas, best first."""


class _Question(NamedTuple):
    text: str
    persona: str
    """Id of the one it was made for."""
    held_out: bool


class _Asked(NamedTuple):
    question: _Question
    rank: int
    """From 1; 0 where it was not found."""
    seconds: float


async def bench_persona_search(data: Path) -> RenderableType:
    """Ask every question of every persona.

    Args:
        data: the folder with `personagym/personas.json` and `personagym/questions.json`.
    """
    folder = data / "personagym"
    if not (folder / "questions.json").is_file():
        return f"persona_search: skipped, there is no {folder}/questions.json (--data FOLDER says where it is)"
    personas = json.loads((folder / "personas.json").read_text(encoding="utf-8"))
    questions = questions_of(personas, json.loads((folder / "questions.json").read_text(encoding="utf-8")))
    async with _ways(personas) as ways:
        rows = [(title, [await _ask(search, question) for question in questions]) for title, search in ways.items()]
    return _table(len(personas), rows)


def questions_of(personas: Sequence[str], asked: Sequence[Mapping[str, object]]) -> list[_Question]:
    """The questions of PersonaGym with the persona each was made for, and whether it was held out."""
    ids = {description: f"persona-{number}" for number, description in enumerate(personas)}
    return [
        _Question(text, ids[str(one["persona"])], hashlib.sha1(text.encode()).digest()[0] % 2 == 1)
        for one in asked
        for texts in dict(one["questions"]).values()  # type: ignore[call-overload]  # of parsed JSON
        for text in texts
    ]


@asynccontextmanager
async def _ways(personas: Sequence[str]) -> AsyncIterator[dict[str, _Search]]:
    embeddings = load_embeddings(_EMBEDDINGS)
    with tempfile.TemporaryDirectory() as folder:
        bank = await MemoryBank.open(Path(folder) / "memory", embeddings=embeddings)
        library = await Library.open(Path(folder) / "library", embeddings=embeddings)
        try:
            memories = {memory.id: memory.thread for memory in map(_memory, range(len(personas)), personas)}
            await bank.remember(map(_memory, range(len(personas)), personas))
            cast = [_persona(number, text) for number, text in enumerate(personas)]
            await library.index_cast(cast)
            yield {**_baselines(bank, memories), "roleplay cast search": _ours(library, cast)}
        finally:
            await bank.close()
            await library.close()


def _memory(number: int, description: str) -> Memory:
    known = f"persona-{number}"
    return Memory(text=description, speaker="cast", character="cast", user="cast", thread=known, key=known)


def _persona(number: int, description: str) -> Persona:
    """With its description for a name, because PersonaGym's have none."""
    return Persona.from_data({"name": description, "description": description}, stem=f"persona-{number}")


def _baselines(bank: MemoryBank, ids: Mapping[str, str]) -> dict[str, _Search]:
    arms = Arms(bank.home, vectorizer=bank.vectorizer)
    plain = MemoryBank(bank.home, vectorizer=bank.vectorizer, weights=_plain())

    async def alone(name: str, query: str) -> list[str]:
        return [ids[known] for known in (await arms.search(query, scope=_SCOPE, limit=_K)).get(name, [])]

    async def mixed(query: str) -> list[str]:
        return [ids[known] for known in fused(list((await arms.search(query, scope=_SCOPE, limit=_K)).values()))]

    async def shared(query: str) -> list[str]:
        return [hit.memory.thread for hit in await plain.recall(query, scope=_SCOPE, k=_K)]

    return {
        "dense alone": lambda query: alone("dense", query),
        "BM25 alone": lambda query: alone("bm25", query),
        "both, reciprocal ranks": mixed,
        "both, shares of the best": shared,
    }


def _plain() -> Weights:
    off = dict.fromkeys(("session", "before", "answer", "after", "apart", "length", "asks", "date", "recency"), 0.0)
    return DEFAULT_WEIGHTS.model_copy(
        update={**off, "alike": 2.0, "floor": 0.0, "company": 0.0, "without_names": False}
    )


def _ours(library: Library, cast: Sequence[Persona]) -> _Search:
    async def search(query: str) -> list[str]:
        return [found.id for found in await library.search_cast(query, cast, k=_K)]

    return search


async def _ask(search: _Search, question: _Question) -> _Asked:
    start = time.perf_counter()
    ids = list(await search(question.text))
    seconds = time.perf_counter() - start
    return _Asked(question, ids.index(question.persona) + 1 if question.persona in ids else 0, seconds)


def _table(personas: int, rows: Sequence[tuple[str, Sequence[_Asked]]]) -> RenderableType:
    halves = [sum(one.question.held_out == held_out for one in rows[0][1]) for held_out in (False, True)]
    data = (
        f"PersonaGym: {personas} personas, {halves[0]:,} questions that were looked at, {halves[1]:,} held out; "
        f"{_EMBEDDINGS}, Qdrant Edge; ms: median with embedding"
    )
    columns = ["", "hit@1", "hit@5", "MRR", "held out: hit@1", "hit@5", "MRR", "ms"]
    return make_table("Persona search (target: hit@5 ≥ 0.60)", data, columns, [_cells(*row) for row in rows])


def _cells(title: str, asked: Sequence[_Asked]) -> list[str]:
    figures = [figure for held_out in (False, True) for figure in _figures(asked, held_out=held_out)]
    return [title, *(f"{figure:.3f}" for figure in figures), f"{median(one.seconds for one in asked) * 1000:.1f}"]


def _figures(asked: Sequence[_Asked], *, held_out: bool) -> list[float]:
    ranks = [one.rank for one in asked if one.question.held_out == held_out]
    hits = [fmean(0 < rank <= k for rank in ranks) for k in (1, 5)]
    return [*hits, fmean(1 / rank if rank else 0.0 for rank in ranks)]
