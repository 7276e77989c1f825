"""Lorebooks that are ready to be asked."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lore.entries import BookRules, CompiledEntry
from langgraph_roleplay.personas.lore.index import KeyIndex
from langgraph_roleplay.personas.lore.keys import Key

__all__ = ["Lore"]

_NAMES_KEPT = 32
"""Names, and pairs of them, whose keys with macros are kept ready."""
_NAMING_SECONDS = 0.5
"""Time for patterns with new names: a client may change its name with every turn."""
_MOST_NOTES = 100


class Lore:
    """Entries and the index of their keys; what a turn needs of all entries together is worked out here."""

    def __init__(
        self,
        books: Sequence[Lorebook],
        rules: Sequence[BookRules],
        entries: Sequence[CompiledEntry],
        keys: Sequence[Key],
    ) -> None:
        self.books, self.rules = tuple(books), tuple(rules)
        self.entries = tuple(entries)
        """All that could be in a prompt, in the order of the books."""
        self.keys = tuple(keys)
        """Keys by their numbers."""
        self._by_uid = {entry.uid: entry for entry in entries}
        self._named: dict[tuple[str, str | None], KeyIndex] = {}
        self._naming = threading.Lock()
        numbered = list(enumerate(keys))
        self._of_user = [(number, key) for number, key in numbered if key.names_user]
        self._of_char = [(number, key) for number, key in numbered if key.has_macros and not key.names_user]
        self._index = KeyIndex((number, key) for number, key in numbered if not key.has_macros)
        self.depth = max((entry.depth for entry in entries), default=0)
        """Messages that the most curious entry wants searched."""
        self.sources = frozenset(source for entry in entries for source in entry.sources)
        self.always = tuple(entry for entry in entries if entry.constant or entry.forced)
        """Those that need no key."""
        self.by_pattern = tuple(entry for entry in entries if self._has_pattern(entry))
        """Those that no index finds."""
        self.delayed = tuple(entry for entry in entries if entry.recursion.level)
        self.by_key = _postings(entries)
        """Those that a key calls for, by its number."""
        self.notes = tuple(islice(self._complaints(), _MOST_NOTES))
        """What of the books can not work here, a sentence for each."""

    def text(self, uid: str) -> str | None:
        """Return an entry's content without decorators, or None for one that is not there."""
        entry = self._by_uid.get(uid)
        return entry.content if entry else None

    def entry(self, uid: str) -> CompiledEntry | None:
        """Return an entry, or None for one that is not there."""
        return self._by_uid.get(uid)

    def indexes(self, char: str, user: str) -> tuple[KeyIndex, ...]:
        """Return the index of the keys, and those of keys with these names put in for macros.

        For names that are not `ready` this may take half a second: call it in a thread then.
        """
        return (self._index, *(self._get(*names) or self._name(*names) for names in self._names(char, user)))

    def ready(self, char: str, user: str) -> bool:
        """Whether the keys are ready for these names."""
        return all(self._get(*names) for names in self._names(char, user))

    def _names(self, char: str, user: str) -> Iterator[tuple[str, str | None]]:
        """What the kinds of keys with macros depend on: the character's name alone, or both."""
        if self._of_char:
            yield char, None
        if self._of_user:
            yield char, user

    def _get(self, char: str, user: str | None) -> KeyIndex | None:
        return self._named.get((char, user))

    def _name(self, char: str, user: str | None) -> KeyIndex:
        keys = self._of_char if user is None else self._of_user
        index = KeyIndex(keys, char=char, user=user or "", seconds=_NAMING_SECONDS)
        with self._naming:
            while len(self._named) >= _NAMES_KEPT:
                self._named.pop(next(iter(self._named)))
            self._named[char, user] = index
        return index

    def _complaints(self) -> Iterator[str]:
        open_patterns = [(number, key) for number, key in (*self._of_char, *self._of_user) if key.flags is not None]
        nameless = KeyIndex(open_patterns, seconds=_NAMING_SECONDS)
        unusable = self._index.unusable | self._index.late | nameless.unusable
        for entry in self.entries:
            if entry.gate.is_shut:
                yield f"{entry.name!r} waits for swipes or other kinds of turn that can not be told apart here"
            ring = entry.keys
            for number in sorted({*ring.primary, *ring.secondary} & unusable):
                yield f"{entry.name!r} has a pattern that is not valid, or too costly: {self.keys[number].label!r}"

    def _has_pattern(self, entry: CompiledEntry) -> bool:
        return any(self.keys[number].flags is not None for number in entry.keys.primary)


def _postings(entries: Iterable[CompiledEntry]) -> Mapping[int, Sequence[CompiledEntry]]:
    postings: dict[int, list[CompiledEntry]] = defaultdict(list)
    for entry in entries:
        for number in entry.keys.primary:
            postings[number].append(entry)
    return dict(postings)
