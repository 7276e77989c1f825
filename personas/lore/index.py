"""All keys of a lore in one pass over a text: an automaton for each form that keys are compared in."""

import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from langgraph_roleplay.personas.lore.keys import Key
from langgraph_roleplay.personas.lore.patterns import Pattern, compile_pattern
from langgraph_roleplay.personas.lore.profiles import Edges
from langgraph_roleplay.personas.lore.text import Form, clean, runs_on
from langgraph_roleplay.personas.macros import substitute

__all__ = ["KeyIndex", "SpokenText"]

_COMPILE_SECONDS = 2.0
"""Time for all patterns of a lore: tens of thousands of honest ones; what is left over is no match."""


@dataclass(frozen=True, slots=True)
class SpokenText:
    """A cleaned text, and who says it."""

    text: str
    name: str = ""

    def of(self, form: Form) -> str:
        """Return the text as keys of this form see it."""
        return form.of(f"{self.name}: {self.text}" if form.named and self.name else self.text)


class KeyIndex:
    """Finds keys by their numbers; names are put in for macros when it is made.

    Args:
        keys: with their numbers.
        char: name of the character.
        user: name of the user.
        seconds: time for making patterns ready.
    """

    def __init__(
        self, keys: Iterable[tuple[int, Key]], *, char: str = "", user: str = "", seconds: float = _COMPILE_SECONDS
    ) -> None:
        self.patterns: dict[int, Pattern] = {}
        self.unusable: set[int] = set()
        """Patterns that are not valid or too costly."""
        self.late: set[int] = set()
        """Patterns that there was no time for."""
        words: dict[Form, dict[str, list[tuple[int, Edges]]]] = defaultdict(lambda: defaultdict(list))
        began = time.thread_time()
        for number, key in keys:
            if key.flags is None:
                text = key.form.of(clean(substitute(key.source, char=char, user=user)).strip())
                words[key.form][text].append((number, _edges_of(key, text)))
            elif time.thread_time() - began > seconds:
                self.late.add(number)
            elif pattern := _pattern(key, char, user):
                self.patterns[number] = pattern
            else:
                self.unusable.add(number)
        self._automata = {form: _Automaton(found) for form, found in words.items()}

    def find(self, spoken: SpokenText) -> Iterator[int]:
        """Yield the number of each plain key that is in the text, once."""
        for form, automaton in self._automata.items():
            yield from automaton.find(spoken.of(form))


class _Automaton:
    def __init__(self, words: dict[str, list[tuple[int, Edges]]]) -> None:
        words.pop("", None)
        self._keys = list(words.values())
        self._machine = AhoCorasick(list(words), store_patterns=False)

    def find(self, text: str) -> Iterator[int]:
        waiting: dict[int, list[tuple[int, Edges]]] = {}
        for word, start, end in self._machine.find_matches_as_indexes(text, overlapping=True):
            keys = waiting.get(word)
            if keys is None:
                keys = waiting[word] = self._keys[word]
            if not keys:
                continue
            found = [key for key in keys if key[1] == "any" or _stands_apart(text, start, end, key[1])]
            if found:
                waiting[word] = [key for key in keys if key not in found]
                yield from (number for number, _ in found)


def _pattern(key: Key, char: str, user: str) -> Pattern | None:
    source = substitute(key.source, char=re.escape(char), user=re.escape(user)) if key.has_macros else key.source
    return compile_pattern(source, key.flags or "")


def _edges_of(key: Key, text: str) -> Edges:
    if key.edges == "lone_word":
        return "any" if len(text.split()) > 1 else "word"
    return key.edges


def _stands_apart(text: str, start: int, end: int, edges: Edges) -> bool:
    before, after = text[start - 1] if start else " ", text[end] if end < len(text) else " "
    if edges == "token":
        return before.isspace() and after.isspace()
    return not (_joins(before, text[start]) or _is_mark(after) or _joins(after, text[end - 1]))


def _joins(outside: str, inside: str) -> bool:
    """Whether a character makes a longer word of a key: none does in scripts that do not set words apart."""
    return (outside.isalnum() or outside == "_" or _is_mark(outside)) and not (runs_on(outside) or runs_on(inside))


def _is_mark(char: str) -> bool:
    """Whether a character is a part of the one before it, such as a vowel sign."""
    return not char.isascii() and unicodedata.category(char).startswith("M")
