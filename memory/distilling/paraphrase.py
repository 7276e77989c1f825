"""Whether a memory says again what a stored one says.

Measured on 25 pairs with wordllama: the cosine alone tells nothing (one fact in other words 0.72 to 0.98, two facts
that differ in one word 0.62 to 0.95, "sold her house" and "bought her house" the highest). So words decide: one that
has no word of weight beside those of the stored one repeats it. Beyond that, names, numbers and negations being equal,
most words must be shared and the cosine be high too: a long sentence with one word exchanged.
"""

from collections.abc import Sequence
from typing import NamedTuple

from langgraph_roleplay.memory.distilling.claims import denies, ends
from langgraph_roleplay.memory.distilling.inheriting import Inheritance, knowers
from langgraph_roleplay.memory.distilling.wording import content, marks, numbers_and_names
from langgraph_roleplay.memory.records import Memory

__all__ = ["Near", "repeats", "say_the_same"]

_SHARED, _ALIKE = 0.75, 0.9
"""Share of common words, and cosine, from which two long wordings are one fact."""
_LIGHT = content("likes favourite keeps drinks eats called")
"""What one and the same fact is put with in turns."""


class Near(NamedTuple):
    """A stored memory and the cosine of its vector to the candidate's."""

    memory: Memory
    cosine: float


def repeats(text: str, subject: str, heirs: Inheritance, near: Sequence[Near]) -> str:
    """Id of the stored memory that says it already, to all who would know it; empty if none does."""
    for known, cosine in near:
        told = set(heirs.observers) <= knowers(known) and (known.secrecy == "open" or heirs.secrecy == "secret")
        same_subject = not subject or not known.subject or marks(subject) == marks(known.subject)
        if told and same_subject and say_the_same(text, known.text, cosine=cosine):
            return known.id
    return ""


def say_the_same(text: str, known: str, *, cosine: float) -> bool:
    """Tell whether `text` says nothing that `known` doesn't say."""
    if denies(text) != denies(known) or ends(text) != ends(known):
        return False
    words, before = content(text), content(known)
    if words - before <= _LIGHT:
        return True
    if (words - before) & numbers_and_names(text) or (before - words) & numbers_and_names(known):
        return False
    return cosine >= _ALIKE and len(words & before) >= _SHARED * len(words | before)
