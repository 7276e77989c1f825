"""The candidates of a recall as columns, one row each, so that a thousand are ranked in about a millisecond.

The score of a missing hit is NaN. Rows are ordered by id, so nothing depends on the order in which a home answers.
"""

from collections.abc import Mapping, Sequence
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from langgraph_roleplay.memory.home import Hit

__all__ = ["Candidates", "Column", "Mask", "gather"]

Column = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FIELDS = ("speaker", "at", "thread", "session", "turn", "story_time", "asks", "length", "importance")
# Each payload is read once: they lie scattered in memory, and going through them costs more than reckoning with them.
_read = itemgetter(*_FIELDS)


class Candidates(NamedTuple):
    """Rows of candidates."""

    ids: list[str]
    dense: Column
    """Cosine similarity."""
    bm25: Column
    speakers: Sequence[str]
    days: Sequence[str]
    """ISO dates, in UTC."""
    at: Column
    """Seconds since 1970."""
    threads: Sequence[str]
    room: NDArray[np.intp]
    """Number of the session in its thread: neighbours are sought within."""
    turn: Column
    """NaN for what belongs to no turn."""
    story_time: Column
    asks: Column
    """1 for a question, else 0."""
    length: Column
    """Characters."""
    importance: Column


def gather(dense: Sequence[Hit], bm25: Sequence[Hit], *, limit: int) -> Candidates:
    """The hits of both arms, each once.

    Args:
        dense: with cosines; one of 0 or less is no hit.
        bm25: with BM25 scores.
        limit: how many hits each arm was asked for.
    """
    near, worded = _scores(dense, limit), _scores(bm25, limit)
    found = {hit.id: hit.payload for hit in (*dense, *bm25)}
    ids = _newest_of_each(sorted(near.keys() | worded.keys()), found)
    payloads = map(found.__getitem__, ids)
    columns = zip(*map(_read, payloads), strict=True) if ids else ((),) * len(_FIELDS)
    speakers, times, threads, sessions, *numbers = columns
    turn, story_time, asks, length, importance = (np.array(column, dtype=np.float64) for column in numbers)
    days = [time[:10] for time in times]
    return Candidates(
        ids=ids,
        dense=np.array(list(map(near.get, ids)), dtype=np.float64),  # NaN for None
        bm25=np.array(list(map(worded.get, ids)), dtype=np.float64),
        speakers=speakers,
        days=days,
        at=_seconds(times),
        threads=threads,
        room=_rooms(threads, sessions, days),
        turn=turn,
        story_time=story_time,
        asks=asks,
        length=length,
        importance=importance,
    )


def _scores(hits: Sequence[Hit], limit: int) -> dict[str, float]:
    """Positive scores by id, rounded, because homes agree on four decimals.

    What ties with the last of a full list is dropped: which of the equals made it in is the engine's whim.
    """
    if not hits:
        return {}
    ids, exact, *_ = zip(*hits, strict=True)
    scores: Column = np.array(exact, dtype=np.float64).round(4)
    last = scores.min() if len(hits) >= limit and scores.min() < scores.max() else 0.0
    return dict(compress(zip(ids, scores.tolist(), strict=True), scores > max(last, 0.0)))


def _newest_of_each(ids: Sequence[str], payloads: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Ids without those that the same speaker said again later in the same words."""
    echoes = [payloads[known]["echo"] for known in ids]
    if len(set(echoes)) == len(ids):
        return list(ids)
    by_age = sorted(zip(ids, echoes, strict=True), key=lambda row: (payloads[row[0]]["at"], row[0]))
    return sorted({echo: known for known, echo in by_age}.values())


def _seconds(times: Sequence[str]) -> Column:
    """ISO times in UTC as seconds since 1970; several times faster than `fromisoformat`."""
    return np.array([time[:19] for time in times], dtype="datetime64[s]").astype(np.float64)


def _rooms(threads: Sequence[str], sessions: Sequence[str | None], days: Sequence[str]) -> NDArray[np.intp]:
    """Number of each row's session; a day is one where no session is named."""
    numbers: dict[tuple[str, str], int] = {}
    places = ((thread, session or day) for thread, session, day in zip(threads, sessions, days, strict=True))
    return np.array([numbers.setdefault(place, len(numbers)) for place in places], dtype=np.intp)
