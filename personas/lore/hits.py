"""Where in a conversation each key was found."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from langgraph_roleplay.personas.lore.entries import CompiledEntry
from langgraph_roleplay.personas.lore.index import KeyIndex, SpokenText
from langgraph_roleplay.personas.lore.keys import Key
from langgraph_roleplay.personas.lore.lore import Lore
from langgraph_roleplay.personas.lore.patterns import Meter, Pattern
from langgraph_roleplay.personas.lore.records import LoreScan
from langgraph_roleplay.personas.lore.text import ANCHOR, clean, show_hidden_keys
from langgraph_roleplay.personas.macros import MacroScene, for_scan

__all__ = ["Hits", "Place", "say_place"]

Place: TypeAlias = int | str
_ECHO = "another entry"
_OPENING = "the greeting"
_NO_TIME = "no time was left for its pattern"
_LONGEST_ECHO = 65_536
"""Characters of other entries' content that are searched in a turn: more than any prompt has room for."""

_SOURCE_NAMES: Mapping[str, str] = {
    "user_persona": "the user's description",
    "description": "the character's description",
    "personality": "the character's personality",
    "depth_prompt": "the character's note",
    "scenario": "the scenario",
    "creator_notes": "the creator's notes",
}


class Hits:
    """What was found so far: plain keys when a text is read, patterns when someone asks."""

    def __init__(self, lore: Lore, scan: LoreScan) -> None:
        self._macros = MacroScene(char=scan.char, user=scan.user)
        self._indexes: Sequence[KeyIndex] = lore.indexes(scan.char, scan.user)
        self._keys: Sequence[Key] = lore.keys
        self._patterns: Mapping[int, Pattern] = {
            number: pattern for index in self._indexes for number, pattern in index.patterns.items()
        }
        newest = list(scan.messages[-lore.depth :]) if lore.depth else []
        self._messages = [SpokenText(clean(said.text), clean(said.name)) for said in reversed(newest)]
        self._opening = scan.length if scan.opening and scan.length < lore.depth else None
        if self._opening is not None:
            trimmed = [SpokenText("")] * (self._opening - len(newest))  # their places count, their words are gone
            self._messages += [*trimmed, SpokenText(clean(scan.opening), clean(scan.char))]
        self._sources = {name: SpokenText(clean(scan.sources.get(name, ""))) for name in sorted(lore.sources)}
        self._ages: dict[int, int] = {}
        self._in_sources: dict[int, set[str]] = defaultdict(set)
        self._echoed: set[int] = set()
        self._echo_left = _LONGEST_ECHO
        self._asked: dict[tuple[int, int], int | None] = {}
        self._meter = Meter()
        self._read()

    def __iter__(self) -> Iterator[int]:
        """The numbers of the plain keys that were found in messages and sources."""
        yield from self._ages
        yield from (number for number in self._in_sources if number not in self._ages)

    def echo(self, contents: Iterable[str]) -> set[int]:
        """Read other entries' contents, and return the keys that were not found in any before."""
        spoken = SpokenText(ANCHOR.join(self._shown(contents)))
        found = {number for index in self._indexes for number in index.find(spoken)}
        found.update(number for number, pattern in self._patterns.items() if self._starts(pattern, spoken.text))
        fresh = found - self._echoed
        self._echoed |= fresh
        return fresh

    def place(self, number: int, entry: CompiledEntry) -> Place | None:
        """Return where a key is, of all places that the entry looks at: how old the message is, or the text's name."""
        age = self._age(number, entry.depth)
        if age is not None and age < entry.depth and age != self._opening:
            return age
        if age is not None and age < entry.depth and entry.rules.profile.counts_greeting:
            return _OPENING
        for name in sorted(entry.sources):
            if self._is_in_source(number, name):
                return name
        return _ECHO if entry.recursion.reads and number in self._echoed else None

    def trouble(self, number: int) -> str:
        """Say why a pattern was not searched to its end; empty where it was."""
        pattern = self._patterns.get(number)
        if pattern is None:
            return _NO_TIME if any(number in index.late for index in self._indexes) else ""
        if self._meter.gave_up_on(pattern):
            return f"pattern {pattern.source[:60]!r} took too long"
        return _NO_TIME if self._meter.is_short else ""

    def _shown(self, contents: Iterable[str]) -> Iterator[str]:
        for content in contents:
            shown = clean(for_scan(show_hidden_keys(content[: self._echo_left]), macros=self._macros))
            self._echo_left = max(0, self._echo_left - len(content))
            yield shown

    def _read(self) -> None:
        for index in self._indexes:
            for age, spoken in enumerate(self._messages):
                for number in index.find(spoken):
                    self._ages.setdefault(number, age)
            for name, spoken in self._sources.items():
                for number in index.find(spoken):
                    self._in_sources[number].add(name)

    def _age(self, number: int, depth: int) -> int | None:
        pattern = self._patterns.get(number)
        if pattern is None:
            return self._ages.get(number)
        if (number, depth) not in self._asked:
            self._asked[number, depth] = self._search(pattern, self._keys[number], depth)
        return self._asked[number, depth]

    def _search(self, pattern: Pattern, key: Key, depth: int) -> int | None:
        if not key.joined:
            ages = (age for age, spoken in enumerate(self._messages[:depth]) if self._starts(pattern, spoken.text))
            return next(ages, None)
        joined = "\n".join(f"{ANCHOR}{spoken.of(key.form)}" for spoken in self._messages[:depth])
        start = pattern.start(joined, self._meter)
        return None if start is None else max(joined.count(ANCHOR, 0, start + 1) - 1, 0)

    def _is_in_source(self, number: int, name: str) -> bool:
        pattern = self._patterns.get(number)
        if pattern is None:
            return name in self._in_sources.get(number, ())
        return self._starts(pattern, self._sources[name].text)

    def _starts(self, pattern: Pattern, text: str) -> bool:
        return pattern.start(text, self._meter) is not None


def say_place(place: Place) -> str:
    """Return a place in words."""
    if isinstance(place, str):
        return _SOURCE_NAMES.get(place, place)
    return "the last message" if place == 0 else f"the message {place} before the last"
