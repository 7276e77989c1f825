"""What stands around a memory: turns before and after it, and the rest of its session.

Half of what answers a question doesn't share a word with it, but stands beside what does. Only candidates count, and
all of them are visible to the scope, so nothing leaks from a neighbour that isn't.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from langgraph_roleplay.memory.ranking.candidates import Candidates, Column, Mask
from langgraph_roleplay.memory.ranking.weights import Weights

__all__ = ["Pair", "around", "beside", "best_of_session", "pairs"]

_REACH = 2  # turns


class Pair(NamedTuple):
    """Rows that stand a given distance apart: `earlier[i]` before `later[i]`."""

    distance: int
    earlier: NDArray[Any]
    later: NDArray[Any]


def pairs(candidates: Candidates) -> list[Pair]:
    """Rows of the same session that are one or two turns apart."""
    return list(_pairs(candidates))


def _pairs(candidates: Candidates) -> Iterator[Pair]:
    order = np.lexsort((candidates.at, candidates.turn, candidates.room))
    for step in range(1, min(_REACH, len(order) - 1) + 1):
        earlier, later = order[:-step], order[step:]
        # A user's words and the reply to them are of the same turn, and still one apart.
        apart = np.maximum(candidates.turn[later] - candidates.turn[earlier], step)
        for distance in range(1, _REACH + 1):
            where = (candidates.room[later] == candidates.room[earlier]) & (apart == distance)
            yield Pair(distance, earlier[where], later[where])


def around(relevance: Column, asked: Column, found: list[Pair], *, weights: Weights) -> Column:
    """What the neighbours add to each row's score.

    Args:
        relevance: of each row.
        asked: 1 for rows that are questions, else 0.
        found: pairs of rows.
        weights: of neighbours.
    """
    added = np.zeros_like(relevance)
    for distance, earlier, later in found:
        if distance == 1:
            added[later] += (weights.before + weights.answer * asked[earlier]) * relevance[earlier]
            added[earlier] += weights.after * relevance[later]
        else:
            added[later] += weights.apart * relevance[earlier]
            added[earlier] += weights.apart * relevance[later]
    return added


def beside(marked: Mask, found: list[Pair]) -> Mask:
    """The marked rows and their neighbours."""
    reached = marked.copy()
    for _, earlier, later in found:
        reached[later] |= marked[earlier]
        reached[earlier] |= marked[later]
    return reached


def best_of_session(relevance: Column, room: NDArray[np.intp]) -> Column:
    """The highest relevance in each row's session."""
    best = np.zeros(int(room.max(initial=-1)) + 1)
    np.maximum.at(best, room, relevance)
    return np.asarray(best[room])
