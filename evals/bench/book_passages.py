"""Passages of books: how long attaching takes, how fast they are found, and whether the one that answers is."""

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from rich.console import RenderableType

from langgraph_roleplay.evals.bench.book_questions import BOOKS, BookQuestion
from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.models import load_embeddings
from langgraph_roleplay.personas.documents import load_document
from langgraph_roleplay.personas.finding import Library

__all__ = ["bench_book_passages"]

_EMBEDDINGS = "embedded:wordllama"
_K = 3


class _Book(NamedTuple):
    title: str
    words: int
    passages: int
    seconds: float
    """To read, cut, embed and write it."""
    ranks: list[int]
    """Of the first passage that answers, from 1; 0 where none did."""
    milliseconds: list[float]


async def bench_book_passages(data: Path) -> RenderableType:
    """Attach two books, and ask ten questions of each.

    Args:
        data: the folder with `litbank/original`.
    """
    folder = data / "litbank" / "original"
    if missing := [name for name in BOOKS if not (folder / name).is_file()]:
        return f"book_passages: skipped, there is no {folder / missing[0]} (--data FOLDER says where it is)"
    with tempfile.TemporaryDirectory() as home:
        library = await Library.open(Path(home) / "library", embeddings=load_embeddings(_EMBEDDINGS))
        try:
            books = [await _book(library, folder / name, asked) for name, asked in BOOKS.items()]
        finally:
            await library.close()
    return _table(books)


async def _book(library: Library, path: Path, asked: list[BookQuestion]) -> _Book:
    start = time.perf_counter()
    document = load_document(path)
    attached = await library.attach(path.stem, document)
    seconds = time.perf_counter() - start
    words = sum(len(section.text.split()) for section in document.sections)
    await library.passages(path.stem, "who are you")  # the first one reads what ranking needs to know
    found = [await _ask(library, path.stem, question) for question in asked]
    ranks, milliseconds = zip(*found, strict=True)
    return _Book(attached.title, words, attached.passages, seconds, list(ranks), list(milliseconds))


async def _ask(library: Library, character: str, asked: BookQuestion) -> tuple[int, float]:
    start = time.perf_counter()
    hits = await library.passages(character, asked.question, k=_K)
    milliseconds = (time.perf_counter() - start) * 1000
    answers = [any(answer in " ".join(hit.memory.text.split()) for answer in asked.answers) for hit in hits]
    return (answers.index(True) + 1 if True in answers else 0), milliseconds


def _table(books: list[_Book]) -> RenderableType:
    rows = [
        [
            book.title,
            f"{book.words:,}",
            str(book.passages),
            f"{book.seconds:.1f}",
            f"{sum(rank == 1 for rank in book.ranks)}/{len(book.ranks)}",
            f"{sum(rank > 0 for rank in book.ranks)}/{len(book.ranks)}",
            f"{median(book.milliseconds):.1f}",
            f"{max(book.milliseconds):.1f}",
        ]
        for book in books
    ]
    data = f"{_EMBEDDINGS}, Qdrant Edge; a hit has the words of the book that answer the question"
    columns = ["book", "words", "passages", "s to attach", "hit@1", f"hit@{_K}", "ms", "ms at most"]
    return make_table("Passages of books (target: ≤ 10 ms)", data, columns, rows)
