"""What a distilled memory inherits from its evidence: who knows it, how secret it is, how far it is to be trusted."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from langgraph_roleplay.memory.records import Memory

__all__ = ["Inheritance", "inherit", "is_own_line", "knowers"]


class Inheritance(NamedTuple):
    """Fields of a memory that are its evidence's."""

    observers: tuple[str, ...]
    """Who knows all of the evidence."""
    secrecy: Literal["open", "secret"]
    """Secret if any of it is."""
    trust: float
    confidence: float
    story_time: float | None
    """When the last of it happened: before that it is not known."""
    latest: Memory
    """Where it belongs: with this one's branch it comes and goes."""


def knowers(memory: Memory) -> frozenset[str]:
    """Who knows a memory."""
    return frozenset((memory.character,) if memory.observers is None else memory.observers)


def is_own_line(memory: Memory) -> bool:
    """Tell whether the character said it itself: the keys of a branch begin with the role."""
    return (memory.key or "").startswith("a") or (memory.key is None and memory.speaker == memory.character)


def inherit(evidence: Sequence[Memory]) -> Inheritance:
    """What all of the evidence (at least one) allows."""
    return Inheritance(
        observers=tuple(sorted(frozenset.intersection(*map(knowers, evidence)))),
        secrecy="secret" if any(memory.secrecy == "secret" for memory in evidence) else "open",
        trust=min(memory.trust for memory in evidence),
        confidence=min(memory.confidence for memory in evidence),
        story_time=max((memory.story_time for memory in evidence if memory.story_time is not None), default=None),
        latest=max(evidence, key=lambda memory: (memory.turn or 0, memory.at, memory.id)),
    )
