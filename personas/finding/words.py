"""The words of a text that say what it is about, without those that any question is made of."""

from functools import lru_cache

import regex

from langgraph_roleplay.personas.card import Persona

__all__ = ["content_words", "portrait"]

_LONGEST = 80
"""Words of a card that it is found by: with more, what many cards say drowns what one says alone."""
_MACROS = regex.compile(r"\{\{[^{}]{0,80}\}\}|<[A-Za-z]{1,10}>")
_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_WORD = regex.compile(rf"[{_CJK}]{{1,2}}|(?:(?![{_CJK}])[\p{{L}}\p{{N}}])+")
_FUNCTION = """
a about above after again all also am an and any are as at be because been before being below between both but by can
cannot could did do does doing don down during each even ever few for from further get had has have having he her here
hers herself him himself his how i if in into is it its itself just know let like ll made make me might more most much
must my myself no nor not now of off on once one only or other our ours out over own put re same she should so some
someone something such than that the their theirs them themselves then there these they thing things this those
through to too under until up us ve very was we well were what when where which while who whom whose why will with
would you your yours yourself
"""
_ASKING = """
approach ask asked asking attend attending character choose chose decide decided describe describing detail ensure
explain explaining feel find found give handle imagine important including justify notice outline provide react reason
respond response say situation someone steps suddenly suggest take taking tell think thought took want way ways
"""
"""What questions and wishes are put in: it says nothing of whom they are for."""
_STOP = frozenset((*_FUNCTION.split(), *_ASKING.split()))


@lru_cache(maxsize=1024)
def content_words(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, each once; all of its words if none of them says anything."""
    words = dict.fromkeys(word.casefold() for word in _WORD.findall(_MACROS.sub(" ", text)))
    return tuple(word for word in words if word not in _STOP and len(word) > 1) or tuple(words)


def portrait(persona: Persona) -> tuple[str, ...]:
    """The words that a character is found by: what its card says first of it."""
    fields = (
        persona.display_name,
        " ".join(persona.tags),
        persona.personality,
        persona.description,
        persona.scenario,
    )
    return content_words("\n".join(fields))[:_LONGEST]
