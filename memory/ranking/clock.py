"""The clock that recency is measured on: the wall's, the turns of a thread, or the story's own."""

from datetime import datetime
from typing import Literal, NamedTuple

import numpy as np

from langgraph_roleplay.memory.ranking.candidates import Candidates, Column
from langgraph_roleplay.memory.ranking.weights import Weights

__all__ = ["Clock"]


class Clock(NamedTuple):
    """Now, on each clock, and which of them counts. What can't be told on that clock is told on the wall's."""

    wall: datetime
    """Aware."""
    counts: Literal["wall", "turn", "story"] = "wall"
    thread: str | None = None
    turn: int | None = None
    """Now, in `thread`."""
    story_time: float | None = None

    def freshness(self, candidates: Candidates, *, weights: Weights) -> Column:
        """For each row 1 for now (or later), 0.5 a half-life ago."""
        half_lives = (self.wall.timestamp() - candidates.at) / weights.wall_half_life.total_seconds()
        if self.counts == "turn" and self.turn is not None:
            here = candidates.thread == candidates.threads.get(self.thread or "")
            turns = (self.turn - candidates.turn) / weights.turn_half_life
            half_lives = np.where(here & ~np.isnan(turns), turns, half_lives)
        elif self.counts == "story" and self.story_time is not None:
            half_lives = (self.story_time - candidates.story_time) / weights.story_half_life
        return np.asarray(0.5 ** np.maximum(half_lives, 0.0))
