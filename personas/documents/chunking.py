"""Passages: pieces of a document that are found and told as a whole, cut at the borders of paragraphs and sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from langgraph_roleplay.personas.documents.document import Document, Section

__all__ = ["Passage", "chunk"]

_PARAGRAPHS = regex.compile(r"\n\s*\n")
_SENTENCES = regex.compile(r"(?<=[.!?…][\"'”’)»\]]*)\s+(?=[\p{Lu}\p{N}\"'“‘«(\[—*_])|(?<=[。！？][」』”’]?)")
_WORDS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]{1,2}|[^\s\p{Han}\p{Hiragana}\p{Katakana}]+")
"""Two signs of CJK count as a word."""
_LINE = 60  # words of what is cut anywhere, because it has no sentences


@dataclass(frozen=True)
class Passage:
    """A piece of one section."""

    text: str
    heading: str
    section: int
    """Number of its section, from 0."""
    story_time: float | None


def chunk(document: Document, *, size: int = 160, overlap: int = 30) -> list[Passage]:
    """Cut a document into passages; none goes across sections.

    Args:
        document: as it was read.
        size: words of a passage, about; a quarter more at most.
        overlap: words of whole sentences, about, that the next passage says again. The next one begins with no more.
    """
    return [
        Passage(text, section.heading, number, section.story_time)
        for number, section in enumerate(document.sections)
        for text in _cut(section, size, overlap)
    ]


@lru_cache(maxsize=4096)
def _length(text: str) -> int:
    return sum(1 for _ in _WORDS.finditer(text))


def _cut(section: Section, size: int, overlap: int) -> Iterator[str]:
    held: list[tuple[str, bool]] = []
    words = fresh = 0
    for sentence, begins in _sentences(section.text):
        full = words + _length(sentence) > size * 1.25 or (begins and words >= size * 0.75)
        if fresh and full:
            yield _joined(held)
            held, words = _tail(held, overlap)
            fresh = 0
        held.append((sentence, begins))
        words += _length(sentence)
        fresh += 1
    if fresh:
        yield _joined(held)


def _sentences(text: str) -> Iterator[tuple[str, bool]]:
    """Sentences, and whether each begins a paragraph."""
    for paragraph in _PARAGRAPHS.split(text):
        joined = " ".join(paragraph.split())
        sentences = [piece for sentence in _SENTENCES.split(joined) if sentence for piece in _short_enough(sentence)]
        for place, sentence in enumerate(sentences):
            yield sentence, place == 0


def _short_enough(sentence: str) -> Iterator[str]:
    """The sentence; one that never ends (a list, a text without points) in pieces."""
    if _length(sentence) <= 2 * _LINE:
        yield sentence
        return
    ends = [found.end() for found in _WORDS.finditer(sentence)][_LINE - 1 :: _LINE]
    start = 0
    for end in [*ends, len(sentence)]:
        if piece := sentence[start:end].strip():
            yield piece
        start = end


def _tail(held: Sequence[tuple[str, bool]], overlap: int) -> tuple[list[tuple[str, bool]], int]:
    """The last sentences, and how many words they have."""
    words, count = 0, 0
    for sentence, _ in reversed(held):
        if words + _length(sentence) > overlap:
            break
        words += _length(sentence)
        count += 1
    return list(held[len(held) - count :]), words


def _joined(held: Sequence[tuple[str, bool]]) -> str:
    text = ""
    for sentence, begins in held:
        between = "\n\n" if begins else "" if text.endswith(("。", "！", "？", "」", "』")) else " "
        text += between + sentence if text else sentence
    return text
