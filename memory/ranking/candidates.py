"""The candidates of a recall as columns, one row each, so that a thousand are ranked in about a millisecond.

The score of a missing hit is NaN. Rows are ordered by id, so nothing depends on the order in which a home answers.
"""

from collections.abc import Mapping
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from langgraph_roleplay.memory.home import Hits
from langgraph_roleplay.memory.ranking.table import Table

__all__ = ["Candidates", "Column", "Mask", "gather"]

Column = NDArray[np.float64]
Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Candidates(NamedTuple):
    """Rows of candidates."""

    ids: list[bytes]
    dense: Column
    """Cosine similarity."""
    bm25: Column
    speaker: Numbers
    speakers: Mapping[int, str]
    """Names of those numbers."""
    at: Column
    """Seconds since 1970."""
    thread: Numbers
    threads: Mapping[str, int]
    """Numbers of threads, these and others."""
    room: Numbers
    """Number of the session in its thread: neighbours are sought within."""
    turn: Column
    """NaN for what belongs to no turn."""
    story_time: Column
    asks: Column
    """1 for a question, else 0."""
    length: Column
    """Characters."""
    importance: Column


def gather(dense: Hits, bm25: Hits, table: Table, *, limit: int) -> Candidates:
    """The hits of both arms, each once; without those that the table doesn't have.

    Args:
        dense: with cosines; one of 0 or less is no hit.
        bm25: with BM25 scores.
        table: with the ranking fields of the hits.
        limit: how many hits each arm was asked for.
    """
    near, worded = _scores(dense, limit), _scores(bm25, limit)
    found = near.keys() | worded.keys()
    ids = sorted(found - table.missing(found))
    rows = table.rows(ids)
    kept = _newest_of_each(rows)
    ids, rows = [ids[row] for row in kept], rows[kept]
    return Candidates(
        ids=ids,
        dense=np.array(list(map(near.get, ids)), dtype=np.float64),  # NaN for None
        bm25=np.array(list(map(worded.get, ids)), dtype=np.float64),
        speakers={number: table.name(number) for number in np.unique(rows["speaker"]).tolist()},
        threads=table.threads,
        room=np.unique(rows["room"], return_inverse=True)[1],
        speaker=rows["speaker"],
        at=rows["at"],
        thread=rows["thread"],
        turn=rows["turn"],
        story_time=rows["story_time"],
        asks=rows["asks"],
        length=rows["length"],
        importance=rows["importance"],
    )


def _scores(hits: Hits, limit: int) -> dict[bytes, float]:
    """Positive scores by id, rounded, because homes agree on four decimals.

    What ties with the last of a full list is dropped: which of the equals made it in is the engine's whim.
    """
    if not hits.ids:
        return {}
    scores: Column = np.array(hits.scores, dtype=np.float64).round(4)
    last = scores.min() if len(scores) >= limit and scores.min() < scores.max() else 0.0
    return dict(compress(zip(hits.ids, scores.tolist(), strict=True), scores > max(last, 0.0)))


def _newest_of_each(rows: NDArray[Any]) -> Numbers:
    """Places of rows, in their order, without what the same speaker said again later in the same words."""
    by_age = np.lexsort((rows["at"], rows["echo"]))
    last = np.append(np.diff(rows["echo"][by_age]) != 0, True)[: len(rows)]
    return np.sort(by_age[last])
