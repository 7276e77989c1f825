"""Why a memory stands where it stands, as numbers and as one readable line."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from langgraph_roleplay.memory.ranking.candidates import Candidates, Column
from langgraph_roleplay.memory.ranking.clock import Clock
from langgraph_roleplay.memory.records import Why

__all__ = ["explain"]

_TOLD = 0.05
"""A part that adds less to the score is not worth a word."""


def explain(candidates: Candidates, row: int, parts: Mapping[str, Column], freshness: Column, clock: Clock) -> Why:
    """Why the memory of one row was recalled.

    Args:
        candidates: rows.
        row: of the memory.
        parts: weighted parts of the score of each row.
        freshness: of each row, on the clock that counts.
        clock: that says how old it is.
    """
    dense, bm25 = (None if np.isnan(score[row]) else float(score[row]) for score in (candidates.dense, candidates.bm25))
    age = timedelta(seconds=max(clock.wall.timestamp() - float(candidates.at[row]), 0.0))
    scores = [f"{name} {value:.2f}" for name, value in (("dense", dense), ("bm25", bm25)) if value is not None]
    raised = _raised(candidates, row, {name: float(values[row]) for name, values in parts.items()})
    return Why(
        dense=dense,
        bm25=bm25,
        recency=round(float(freshness[row]), 4),
        importance=float(candidates.importance[row]),
        text=", ".join([*scores, f"{age.days} days old" if age.days else "today", *raised]),
    )


def _raised(candidates: Candidates, row: int, part: Mapping[str, float]) -> list[str]:
    speaker = candidates.speakers[int(candidates.speaker[row])]
    told = {
        f"said by {speaker}": part.get("speaker", 0.0),
        "on the date asked for": part.get("date", 0.0),
        "beside what matches": part["neighbours"],
    }
    return [words for words, share in told.items() if share >= _TOLD]
