"""The heavy part, done once for a character: all keys of all books in one index."""

from collections import Counter
from collections.abc import Sequence

from langgraph_roleplay.personas.card import Lorebook, LoreEntry
from langgraph_roleplay.personas.lore.entries import BookRules, CompiledEntry, digest_of, read_entry
from langgraph_roleplay.personas.lore.keys import Key
from langgraph_roleplay.personas.lore.lore import Lore
from langgraph_roleplay.personas.lore.profiles import PROFILES
from langgraph_roleplay.personas.lore.reading import flag_of
from langgraph_roleplay.personas.lorebooks.dialects import dialect_of

__all__ = ["compile_lore"]


def compile_lore(books: Sequence[Lorebook]) -> Lore:
    """Make lorebooks ready to be asked; callers keep the result, for it is the expensive part.

    Args:
        books: the character's own first, then those of its world; each by the rules of its own dialect.
    """
    keys: dict[Key, int] = {}

    def number(key: Key) -> int:
        return keys.setdefault(key, len(keys))

    entries: list[CompiledEntry] = []
    uids = _Uids()
    rules = [_rules(book, place) for place, book in enumerate(books)]
    for book, rule in zip(books, rules, strict=True):
        for entry in book.entries:
            compiled = read_entry(entry, rule, uid=uids.name(book, entry), index=len(entries), number=number)
            if compiled:
                entries.append(compiled)
    return Lore(books, rules, entries, list(keys))


def _rules(book: Lorebook, place: int) -> BookRules:
    profile = PROFILES[dialect_of(book)]
    whole_words = flag_of(book.extensions, "risu_fullWordMatching")
    return BookRules(
        book=place,
        name=" ".join(book.name.split())[:80],
        profile=profile,
        scan_depth=profile.scan_depth if book.scan_depth is None else book.scan_depth,
        recursive=profile.recursive if book.recursive_scanning is None else book.recursive_scanning,
        whole_words=profile.whole_words if whole_words is None else whole_words,
    )


class _Uids:
    """Names for entries that stay the same from one reading to the next."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def name(self, book: Lorebook, entry: LoreEntry) -> str:
        """Return book and id, or book and a hash; the second of the same name gets a number."""
        own = digest_of(entry) if entry.id in {None, ""} else str(entry.id)[:80]
        uid = f"{' '.join(book.name.split())[:80]}/{own}"
        self._seen[uid] += 1
        return uid if self._seen[uid] == 1 else f"{uid}#{self._seen[uid]}"
