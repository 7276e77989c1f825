"""What a case came to, as plain JSON: what metrics read and what they give."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

__all__ = ["Outcome", "Score", "TurnOutcome", "replies_of", "unscored"]


class TurnOutcome(TypedDict):
    """One turn."""

    said: str
    reply: str
    faults: NotRequired[list[str]]
    """What the checks found in the model's draft, `rule: reason`; they cut it before it was said."""
    verdict: NotRequired[str]
    """Rule and stage (`input` or `reply`) where the policy answered in the model's place."""
    events: NotRequired[list[str]]
    """What went other than planned: degraded and blocked steps."""
    seconds: NotRequired[float]


class Outcome(TypedDict):
    """One conversation, and who held it."""

    persona: str
    """The persona's id."""
    character: str
    user: str
    language: str
    minor: NotRequired[bool]
    """Whether the character is a child."""
    description: NotRequired[str]
    turns: list[TurnOutcome]
    error: NotRequired[str]
    """Why the conversation ended early."""


class Score(TypedDict):
    """What a metric says of one case, in the form that LangSmith's `evaluate` takes."""

    key: str
    score: float | None
    """0 to 1; None: it could not be scored, which is counted, never dropped."""
    comment: str


def unscored(key: str, outputs: dict[str, Any]) -> Score | None:
    """The score of a conversation that no metric may judge, because it broke off or never began; None for others.

    Of one that broke off only the turns before are known, and those may well be the better ones.
    """
    if error := outputs.get("error"):
        return {"key": key, "score": None, "comment": f"broken off: {error}"}
    if not outputs.get("turns"):
        return {"key": key, "score": None, "comment": "nothing was said"}
    return None


def replies_of(outputs: dict[str, Any]) -> list[str]:
    """The replies that have words; a run that failed has none."""
    return [turn["reply"] for turn in outputs.get("turns") or [] if turn["reply"].strip()]
