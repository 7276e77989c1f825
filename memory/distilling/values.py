"""Whether what a fact says is a value of its relation at all: models file much under a relation that isn't one."""

import re

from langgraph_roleplay.memory.distilling.wording import content, marks, numbers_and_names

__all__ = ["is_value"]

_PEOPLE = content("boss captain leader king queen president mayor owner manager boyfriend girlfriend partner fiance")
_MARRIED = content("married single divorced widowed separated engaged")
_OPPOSITES = tuple(
    content(words)
    for words in (
        "open closed shut",
        "locked unlocked",
        "ill sick well healthy recovered",
        "alive dead",
        "awake asleep",
        "broken mended repaired",
        "lost found",
        "free captive imprisoned",
        "rich poor",
        "full empty",
        "happy sad",
        "angry calm",
    )
)
_COMPANY = content("alone parents family mother father brother sister husband wife children friends aunt uncle")
_ELSEWHERE = re.compile(
    r"\b(?:is|are) (?:now |currently )?(?:[a-z]+ )?(?:in|at|on|under|near|with|from|out|about|very)\b"
)
_SOMEWHERE = re.compile(r"\b(?:in|on|under|at|behind|beside|near) (?:the|an?|his|her|its|their|[A-Z]\w+)\b")


def is_value(key: str, value: frozenset[str], before: frozenset[str], *, subject: str, text: str) -> bool:
    """Tell whether `value` can take the place of `before`.

    Args:
        key: the relation (`supersession.key_of`).
        value: what the fact says beside its subject and relation.
        before: what the other fact said.
        subject: what it is about.
        text: all of it.
    """
    named = bool(numbers_and_names(text) & value)
    if key in ("age", "home"):
        return named if key == "home" else all(word.isdigit() for word in value)
    if key == "place":
        return (subject.casefold().startswith(("the ", "a ")) or "'s " in subject) and bool(_SOMEWHERE.search(text))
    if key == "company":
        return named or bool(value & _COMPANY)
    if key in _PEOPLE or key == "marriage":
        plain = bool(value & _MARRIED) or ((key != "marriage" or " to " in text) and named)
        return plain and not _ELSEWHERE.search(text)
    if key in marks("status mood"):
        return any(value & words and before & words for words in _OPPOSITES)
    return " for " not in text or key in ("employer", "work")
