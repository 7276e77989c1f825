"""Cues of speaking: which speakers a query names, the query without them, and which texts are questions."""

import re
from collections.abc import Collection
from functools import lru_cache

__all__ = ["asks", "bare_query", "named"]

_SPACELESS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts that write words, or particles after them, without a space: Thai, Japanese, Chinese, Korean."""
_SHORTEST_PART = 4  # letters of a part of a name that stands for the whole; "Dr", "Van" and "The" stand for nobody
_QUESTION = re.compile(r"[?\uff1f\u061f][^\w\[(]*(?:[\[(].*)?\Z", re.DOTALL)


def asks(text: str) -> bool:
    """Whether the text ends in a question; smileys and a remark in brackets may follow."""
    return bool(_QUESTION.search(text))


def named(query: str, speakers: Collection[str]) -> frozenset[str]:
    """Those of `speakers` that the query names, by the whole name or a part of it."""
    return frozenset(speaker for speaker in speakers if _pattern(speaker, not _has_capitals(query)).search(query))


def bare_query(query: str, speakers: Collection[str]) -> str:
    """The query without the names of speakers; the query itself if nothing else is in it.

    Who speaks is a field of a memory. In its text a name is a greeting, and a query with names in it finds greetings.
    """
    bare = query
    for speaker in sorted(speakers):
        bare = _pattern(speaker, not _has_capitals(query)).sub(" ", bare)
    return " ".join(bare.split()) if any(map(str.isalnum, bare)) else query


def _has_capitals(query: str) -> bool:
    return query != query.lower()


@lru_cache(maxsize=1024)
def _pattern(speaker: str, any_case: bool) -> re.Pattern[str]:
    parts = (part for part in speaker.split() if len(part) >= _SHORTEST_PART and part[0].isupper())
    forms = sorted({speaker, *parts}, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(_bounded, forms)), re.IGNORECASE if any_case else 0)


def _bounded(form: str) -> str:
    if re.search(f"[{_SPACELESS}]", form):
        return re.escape(form)
    return rf"(?<!\w){re.escape(form)}(?:['\u2019]s)?(?![^\W{_SPACELESS}])"
