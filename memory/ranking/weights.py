"""The weights of ranking: every constant that decides what is recalled, by name."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DEFAULT_WEIGHTS", "Weights"]


class Weights(BaseModel):
    """How much each sign counts. What is best by words and by meaning scores 1 before cues and neighbours.

    Shares of the best score, not ranks, are fused: how far a hit leads counts, not only that it leads (0.66 against
    0.64 for reciprocal ranks of the same arms, evidence recall at 10 on LoCoMo). The defaults are round numbers on a
    plateau: half or double of any one of them moves that recall, 0.80 with all of them, by less than 0.02.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    candidates: int = Field(default=500, ge=1)
    """Hits asked for in each arm. More than are shown, because hits raise what was said around them."""
    floor: float = 0.25
    """Cosine from which a text that shares no word with the query is a hit."""
    company: float = 0.1
    """Cosine from which a text is admitted where there is a hit at all; below, it must stand beside one."""

    words: float = 0.5
    """Of relevance: BM25, as a share of the best hit's."""
    meaning: float = 0.5
    """Of relevance: cosine similarity, as a share of the best hit's."""

    own: float = 0.6
    """A memory's own relevance."""
    session: float = 0.4
    """Relevance of the best memory of its session."""
    before: float = 0.1
    """Relevance of the turn before it."""
    answer: float = 0.25
    """The same once more if that turn is a question: this is likely its answer."""
    after: float = 0.1
    """Relevance of the turn after it."""
    apart: float = 0.1
    """Relevance of each turn two away."""

    without_names: bool = True
    """Whether names of speakers are taken out of the query: what they said is sought, and who said it is a field."""
    speaker: float = 0.3
    """The query names who said it."""
    date: float = 0.4
    """It was said on the day or in the month or year that the query names; less with each day off."""
    asks: float = -0.15
    """It is a question itself, so it tells little."""
    length: float = 0.05
    """For each e-fold of characters from 100; from 14 to 300 characters, then level."""

    recency: float = 0.005
    """At most this, for now; it settles near-ties and no more."""
    importance: float = 0.05
    """At most this, for importance 1."""
    wall_half_life: timedelta = timedelta(days=14)
    turn_half_life: float = Field(default=100, gt=0)
    """Turns of the same thread."""
    story_half_life: float = Field(default=30, gt=0)
    """Units of story time."""

    alike: float = 0.85
    """Share of three-letter pieces in common from which a memory repeats a better one and gives way; over 1: never."""


DEFAULT_WEIGHTS = Weights()
