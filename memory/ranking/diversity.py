"""Diversity: of what says nearly the same, the best stays in front and the others give way."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from langgraph_roleplay.memory.ranking.rank import Ranked
from langgraph_roleplay.memory.ranking.weights import DEFAULT_WEIGHTS, Weights

__all__ = ["Said", "give_way"]

_HINT = 0.6  # of words
_READ = 2_000  # characters


class Said(NamedTuple):
    """What a memory says."""

    text: str
    speaker: str


def give_way(
    ranked: Sequence[Ranked], memories: Mapping[str, Said], *, k: int, weights: Weights = DEFAULT_WEIGHTS
) -> list[Ranked]:
    """The best `k`, with what nearly repeats a better one of the same speaker behind all that doesn't.

    Args:
        ranked: more than `k`, best first.
        memories: by id; an entry without its memory is left out.
        k: how many at most.
        weights: with the share from which texts are alike.
    """
    fresh: list[Ranked] = []
    repeated: list[Ranked] = []
    for entry in ranked:
        if entry.id not in memories:
            continue
        if any(_repeats(memories[entry.id], memories[other.id], weights.alike) for other in fresh):
            repeated.append(entry)
            continue
        fresh.append(entry)
        if len(fresh) == k:
            break
    return (fresh + repeated)[:k]


def _repeats(one: Said, other: Said, alike: float) -> bool:
    fewer, more = sorted((len(one.text), len(other.text)))
    if one.speaker != other.speaker or fewer < alike * more:
        return False
    # Few texts share most of their words (or signs, where words aren't spaced), and that is quickly seen.
    return _in_common(_words(one.text), _words(other.text)) >= _HINT and (
        _in_common(_pieces(one.text), _pieces(other.text)) >= alike
    )


def _in_common(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _words(text: str) -> set[str]:
    words = text[:_READ].casefold().split()
    return set(words) if len(words) > 1 else set(text)


def _pieces(text: str) -> set[str]:
    """Three letters at a time, so that it works without spaces between words too."""
    words = " ".join(text[:_READ].casefold().split())
    return {words[place : place + 3] for place in range(max(len(words) - 2, 1))}
