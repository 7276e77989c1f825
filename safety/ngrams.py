"""Overlap of texts by runs of words; a character of CJK counts as a word."""

import re
from collections.abc import Iterator, Sequence

__all__ = ["is_cjk", "ngrams", "words"]

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+(?:'[^\W\d_]+)?")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def words(text: str) -> list[str]:
    """Return the words of `text` in lower case."""
    return _WORD.findall(text.replace("’", "'").casefold())


def is_cjk(tokens: Sequence[str]) -> bool:
    """Tell whether most of `tokens` are characters of CJK."""
    return sum(map(bool, map(_CJK.fullmatch, tokens))) * 2 > len(tokens)


def ngrams(tokens: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield every run of `size` tokens."""
    return (tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1))
