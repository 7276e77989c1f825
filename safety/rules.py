"""What a rule is, and what it says when it fires."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from langgraph_roleplay.context import SafetyLevel

__all__ = ["EVERY_LEVEL", "Rule", "Verdict", "Way"]

Way = Literal["in_character", "narrator", "out_of_character"]
EVERY_LEVEL: frozenset[SafetyLevel] = frozenset({"relaxed", "standard", "strict"})


@dataclass(frozen=True)
class Verdict:
    """Why a message or reply is not let through, and how to say so."""

    rule: str
    way: Way
    keep: bool
    """Whether the turn may be kept in memory."""
    reason: str
    """One line for events and logs; holds nothing of what was said."""


@dataclass(frozen=True)
class Rule:
    """A verdict and the test that leads to it.

    `finds` gets the text in the plain form of `normalize` and must take linear time.
    """

    verdict: Verdict
    finds: Callable[[str], bool]
    levels: frozenset[SafetyLevel] = EVERY_LEVEL
