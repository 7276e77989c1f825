"""Lore: which entries of a lorebook the conversation calls for, as a pure function.

Entries with `use_regex` never match: a card is a stranger's text, and a stranger's pattern can take for ever in
an engine that backtracks. Recursion, decorators and timed effects are not understood yet.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from langgraph_roleplay.personas.card import Lorebook, LoreEntry

__all__ = ["LoreMatch", "match_lore"]

_SCAN_DEPTH = 4
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_HAS_CJK = re.compile(f"[{_CJK}]")
# Words of CJK are not set apart, so a Latin key may stand right beside them.
_WORD_CHARACTER = rf"[^\W{_CJK}]"


@dataclass(frozen=True)
class LoreMatch:
    """One entry that belongs into the prompt."""

    entry: LoreEntry
    key: str
    """The key that matched; empty for a constant entry."""
    why: str
    """One phrase for the report, such as `key 'violin' in the last message`."""


def match_lore(book: Lorebook | None, texts: Sequence[str], *, limit_tokens: int | None = None) -> list[LoreMatch]:
    """Return the entries that `texts` call for, in the order of the prompt.

    Args:
        book: the lorebook; none gives none.
        texts: recent messages, newest last; the book's `scan_depth` of them (4 unless it says) are searched.
        limit_tokens: what all contents together may take, beside the book's own `token_budget`; entries of the
            lowest priority are left out first.
    """
    if book is None:
        return []
    depth = _SCAN_DEPTH if book.scan_depth is None else book.scan_depth
    newest_first = list(reversed(texts))[:depth]
    matches = [match for entry in book.entries if (match := _match_entry(entry, newest_first))]
    limits = [limit for limit in (limit_tokens, book.token_budget) if limit is not None]
    kept = _within(_unique(matches), min(limits)) if limits else _unique(matches)
    return sorted(kept, key=lambda match: match.entry.insertion_order)


def _match_entry(entry: LoreEntry, texts: Sequence[str]) -> LoreMatch | None:
    if not entry.enabled or entry.use_regex or not entry.content.strip():
        return None
    if entry.constant:
        return LoreMatch(entry=entry, key="", why="always")
    primary = _find_key(entry.keys, texts, case_sensitive=entry.case_sensitive)
    if primary is None:
        return None
    key, age = primary
    if not entry.selective or not entry.secondary_keys:
        return LoreMatch(entry=entry, key=key, why=f"key {key!r} in {_place(age)}")
    secondary = _find_key(entry.secondary_keys, texts, case_sensitive=entry.case_sensitive)
    if secondary is None:
        return None
    return LoreMatch(
        entry=entry, key=key, why=f"key {key!r} in {_place(age)} with {secondary[0]!r} in {_place(secondary[1])}"
    )


def _find_key(keys: Sequence[str], newest_first: Sequence[str], *, case_sensitive: bool) -> tuple[str, int] | None:
    for age, text in enumerate(newest_first):
        for key in keys:
            if key.strip() and _mentions(text, key.strip(), case_sensitive=case_sensitive):
                return key.strip(), age
    return None


def _mentions(text: str, key: str, *, case_sensitive: bool) -> bool:
    # The pattern looks around at every letter; most keys are not in the text at all, which `in` knows in no time.
    found = key in text if case_sensitive else key.casefold() in text.casefold()
    return found and _key_pattern(key, case_sensitive).search(text) is not None


@lru_cache(maxsize=4096)
def _key_pattern(key: str, case_sensitive: bool) -> re.Pattern[str]:
    literal = re.escape(key)
    if not _HAS_CJK.search(key):
        literal = rf"(?<!{_WORD_CHARACTER}){literal}(?!{_WORD_CHARACTER})"
    return re.compile(literal, 0 if case_sensitive else re.IGNORECASE)


def _place(age: int) -> str:
    return "the last message" if age == 0 else f"the message {age} before the last"


def _unique(matches: Sequence[LoreMatch]) -> list[LoreMatch]:
    by_content: dict[str, LoreMatch] = {}
    for match in matches:
        by_content.setdefault(match.entry.content.strip(), match)
    return list(by_content.values())


def _within(matches: Sequence[LoreMatch], limit: int) -> list[LoreMatch]:
    kept, spent = [], 0
    for match in sorted(matches, key=_importance, reverse=True):
        spent += _estimate_tokens(match.entry.content)
        if spent > limit:
            break
        kept.append(match)
    return kept


def _importance(match: LoreMatch) -> tuple[float, float]:
    entry = match.entry
    return (entry.insertion_order if entry.priority is None else entry.priority, entry.insertion_order)


def _estimate_tokens(text: str) -> int:
    """Roughly: one for four letters, and one for each character of CJK."""
    cjk = len(_HAS_CJK.findall(text))
    return cjk + -(-(len(text) - cjk) // 4)
