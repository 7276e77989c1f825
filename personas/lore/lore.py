"""Lorebooks that are ready to be asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lore.entries import BookRules, CompiledEntry
from langgraph_roleplay.personas.lore.index import KeyIndex
from langgraph_roleplay.personas.lore.keys import Key

__all__ = ["Lore"]

_NAMES_KEPT = 8
"""Pairs of character and user whose keys with macros are kept ready."""


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
        self._named: dict[tuple[str, str], KeyIndex] = {}
        self._open_keys = [(number, key) for number, key in enumerate(keys) if key.has_macros]
        self._index = KeyIndex((number, key) for number, key in enumerate(keys) if not key.has_macros)
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

    def text(self, uid: str) -> str | None:
        """Return an entry's content without decorators, or None for one that is not there."""
        entry = self._by_uid.get(uid)
        return entry.content if entry else None

    def entry(self, uid: str) -> CompiledEntry | None:
        """Return an entry, or None for one that is not there."""
        return self._by_uid.get(uid)

    def indexes(self, char: str, user: str) -> tuple[KeyIndex, ...]:
        """Return the index of the keys, and that of keys with these names put in for macros."""
        if not self._open_keys:
            return (self._index,)
        if (char, user) not in self._named:
            while len(self._named) >= _NAMES_KEPT:
                self._named.pop(next(iter(self._named)))
            self._named[char, user] = KeyIndex(self._open_keys, char=char, user=user)
        return (self._index, self._named[char, user])

    def _has_pattern(self, entry: CompiledEntry) -> bool:
        return any(self.keys[number].flags is not None for number in entry.keys.primary)


def _postings(entries: Iterable[CompiledEntry]) -> Mapping[int, Sequence[CompiledEntry]]:
    postings: dict[int, list[CompiledEntry]] = defaultdict(list)
    for entry in entries:
        for number in entry.keys.primary:
            postings[number].append(entry)
    return dict(postings)
