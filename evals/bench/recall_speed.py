"""Time per recall as a bank grows, embeddings included, beside qdrant-client's local mode; and of remembering."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings
from rich.console import Group, RenderableType

from langgraph_roleplay.evals.bench.locomo_data import read_locomo
from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.memory import Memory, MemoryBank, Scope
from langgraph_roleplay.models import load_embeddings

__all__ = ["bench_recall_speed"]

_EACH = 1_000
_TENANTS, _MORE_TENANTS = (10, 100), (10, 100, 300)
_LONELY = 100_000
_RIVAL = 10_000
_QUERIES, _RIVAL_QUERIES = 200, 5
_CHARACTER = "companion"
_CAST = Path(__file__).parents[2] / "personas" / "cast"
_TARGET = "median ≤ 5 ms at 100 tenants; ≤ 15 ms for one user with 100,000; local mode ≥ 100 times slower"


async def bench_recall_speed(data: Path, *, full: bool = False) -> RenderableType:
    """Fill banks and ask them.

    Args:
        data: a folder with `locomo/locomo.json`; without it the built-in cast has the word.
        full: whether to go up to 300 tenants.
    """
    texts, questions, source = await asyncio.to_thread(_sentences, data / "locomo" / "locomo.json")
    model = load_embeddings("embedded:wordllama")
    with tempfile.TemporaryDirectory() as name:
        rig = _Rig(Path(name), model, texts, questions)
        rows = await rig.tenants(_MORE_TENANTS if full else _TENANTS)
        rows += await rig.one_user(_LONELY)
        rows += await rig.rival(_RIVAL)
        remembering = await rig.remembering()
    said = f"{len(texts):,} texts of {source}, said again and again; {len(questions):,} questions; wordllama, k = 8"
    return Group(
        make_table(f"Time per recall (target: {_TARGET})", said, ["bank", "memories", "median", "p95"], rows),
        make_table("Remembering on Edge (target: ≥ 2,000 turns/s)", said, ["turns in batches", "turns/s"], remembering),
    )


def _sentences(file: Path) -> tuple[list[str], list[str], str]:
    """Texts, questions, and where they are from."""
    if not file.exists():
        texts = [
            text for path in sorted(_CAST.glob("*.json")) for text in _strings(json.loads(path.read_text("utf-8")))
        ]
        return texts, [f"What about {text.rstrip('.')}?" for text in texts], "the built-in cast"
    conversations = read_locomo(file)
    texts = [turn.text for conversation in conversations for turn in conversation.turns]
    questions = [question.text for conversation in conversations for question in conversation.questions]
    return texts, questions, "LoCoMo"


def _strings(value: Any) -> list[str]:
    """Every text of a few words in some JSON."""
    if isinstance(value, str):
        return [value] if value.count(" ") > 2 else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _strings(one)]


class _Known(Embeddings):
    """A model that knows the vectors of some texts beforehand; queries are embedded as always."""

    def __init__(self, model: Embeddings, texts: Sequence[str]) -> None:
        self.model = "wordllama"
        self._model = model
        self._vectors = dict(zip(texts, model.embed_documents(list(texts)), strict=True))

    def embed_query(self, text: str) -> list[float]:
        return self._model.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self._vectors[text] for text in texts]

    async def aembed_query(self, text: str) -> list[float]:
        return self.embed_query(text)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embed_documents(texts)


class _Rig:
    """Banks in a folder that is gone afterwards."""

    def __init__(self, folder: Path, model: Embeddings, texts: Sequence[str], questions: Sequence[str]) -> None:
        self._folder = folder
        self._model = model
        self._known = _Known(model, texts)
        self._texts = texts
        self._questions = questions
        self._without = 0.0

    async def tenants(self, sizes: Sequence[int]) -> list[list[str]]:
        """One bank that grows, asked at each size on behalf of one tenant after the other."""
        bank = await MemoryBank.open(self._folder / "tenants", embeddings=self._known)
        rows, there = list[list[str]](), 0
        for size in sizes:
            start = time.perf_counter()
            for user in range(there, size):
                await bank.remember(self._said(f"user-{user}", _EACH, start=user * 37))
            self._without = (size - there) * _EACH / (time.perf_counter() - start)
            there = size
            times = await self._ask(bank, [f"user-{number % size}" for number in range(_QUERIES)])
            rows.append(_row(f"Edge, {size} tenants", size * _EACH, times))
        await bank.close()
        return rows

    async def one_user(self, count: int) -> list[list[str]]:
        """A bank that is all of one user."""
        bank = await MemoryBank.open(self._folder / "lonely", embeddings=self._known)
        await bank.remember(self._said("user", count))
        times = await self._ask(bank, ["user"] * _QUERIES)
        await bank.close()
        return [_row("Edge, one user", count, times)]

    async def rival(self, count: int) -> list[list[str]]:
        """The same memories in qdrant-client's local mode and on Edge."""
        rows = list[list[str]]()
        for title, home, queries in (
            ("Edge, one user", self._folder / "same", _QUERIES),
            ("qdrant-client's local mode, one user", ":memory:", _RIVAL_QUERIES),
        ):
            bank = await MemoryBank.open(home, embeddings=self._known)
            await bank.remember(self._said("user", count))
            rows.append(_row(title, count, await self._ask(bank, ["user"] * queries)))
            await bank.close()
        return rows

    async def remembering(self) -> list[list[str]]:
        """Turns a second, with vectors that are known and with such that have to be made."""
        bank = await MemoryBank.open(self._folder / "fresh", embeddings=self._model)
        start = time.perf_counter()
        await bank.remember(self._said("user", 5_000))
        with_embedding = 5_000 / (time.perf_counter() - start)
        await bank.close()
        return [["without embedding", f"{self._without:,.0f}"], ["with wordllama", f"{with_embedding:,.0f}"]]

    def _said(self, user: str, count: int, *, start: int = 0) -> list[Memory]:
        return [
            Memory(
                text=self._texts[(start + number) % len(self._texts)],
                speaker=user,
                character=_CHARACTER,
                user=user,
                thread=f"t{number // 200}",
                turn=number % 200,
                message_id=f"{user}-{number}",
            )
            for number in range(count)
        ]

    async def _ask(self, bank: MemoryBank, users: Sequence[str]) -> list[float]:
        """Milliseconds of each recall, once everybody has recalled something (which takes ten times as long)."""
        times = []
        for warm in (True, False):
            for number, user in enumerate(dict.fromkeys(users) if warm else users):
                scope = Scope(character=_CHARACTER, user=user, thread="t0")
                start = time.perf_counter()
                await bank.recall(self._questions[number % len(self._questions)], scope=scope)
                if not warm:
                    times.append((time.perf_counter() - start) * 1000)
        return times


def _row(title: str, memories: int, times: Sequence[float]) -> list[str]:
    p95 = statistics.quantiles(times, n=20)[-1]
    return [title, f"{memories:,}", f"{statistics.median(times):.1f} ms", f"{p95:.1f} ms"]
