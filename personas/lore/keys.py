"""Keys of an entry: what it wants spoken of."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from langgraph_roleplay.personas.card import LoreEntry
from langgraph_roleplay.personas.lore.decorators import Decorators
from langgraph_roleplay.personas.lore.patterns import split_slashes
from langgraph_roleplay.personas.lore.profiles import Edges, Profile
from langgraph_roleplay.personas.lore.reading import flag_of, whole_of
from langgraph_roleplay.personas.lore.text import Form, clean

__all__ = ["Key", "KeyRing", "Logic", "read_keys"]

Logic = Literal["and_any", "not_all", "not_any", "and_all"]
_LOGICS: Sequence[Logic] = ("and_any", "not_all", "not_any", "and_all")
_MACRO = re.compile(r"\{\{|<(?:bot|char|user)>", re.IGNORECASE)
_LABEL = 80
"""Characters of a key in a report."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is looked for: words, or a pattern."""

    label: str
    """How a report calls it."""
    source: str
    """Words as the card has them, or a pattern without slashes and flags."""
    form: Form
    edges: Edges = "any"
    flags: str | None = None
    """Flags of a pattern; None for words."""
    joined: bool = False
    """Whether a pattern sees all messages at once."""

    @property
    def has_macros(self) -> bool:
        """Whether it may be another key under other names."""
        return _MACRO.search(self.source) is not None

    @property
    def names_user(self) -> bool:
        """Whether it may be another key for another user."""
        return "user" in self.source.casefold() and self.has_macros


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of an entry, as numbers of the lore's list of keys."""

    primary: tuple[int, ...] = ()
    secondary: tuple[int, ...] = ()
    logic: Logic = "and_any"
    additional: tuple[tuple[int, ...], ...] = ()
    """Of each of these one must be there."""
    excluded: tuple[int, ...] = ()
    """None of these may be there."""
    excluded_together: tuple[tuple[int, ...], ...] = ()
    """Of each of these one must be missing."""


def read_keys(
    entry: LoreEntry, decorators: Decorators, profile: Profile, *, whole_words: bool, number: Callable[[Key], int]
) -> KeyRing:
    """Read an entry's keys.

    Args:
        entry: as the card has it.
        decorators: of its content.
        profile: of its book's dialect.
        whole_words: whether its book wants whole words where the entry does not say.
        number: gives a key the number that it goes by.
    """
    edges = profile.word_edges if _wants_words(entry, decorators, default=whole_words) else "any"
    form = _form(entry, profile, edges)

    def words(texts: Iterable[str]) -> tuple[int, ...]:
        plain = (Key(_label(text), text, form, edges) for text in texts if clean(text).strip())
        return tuple(dict.fromkeys(number(key) for key in plain))

    def keys(texts: Iterable[str]) -> tuple[int, ...]:
        read = (_read_key(text, entry, profile, form, edges) for text in texts)
        return tuple(dict.fromkeys(number(key) for key in read if key))

    alone = entry.use_regex and profile.regex_stands_alone
    return KeyRing(
        primary=keys(entry.keys),
        secondary=() if alone else keys(_secondary(entry, profile)),
        logic=_logic(entry, profile),
        additional=tuple(words(group) for group in decorators.all_of("additional_keys")),
        excluded=() if alone else tuple(key for group in decorators.all_of("exclude_keys") for key in words(group)),
        excluded_together=() if alone else tuple(words(group) for group in decorators.all_of("exclude_keys_all")),
    )


def _read_key(text: str, entry: LoreEntry, profile: Profile, form: Form, edges: Edges) -> Key | None:
    if not clean(text).strip():
        return None
    written = split_slashes(text)
    if not _is_pattern(entry, profile, slashes=written is not None):
        return Key(_label(text), text, form, edges)
    if written is None and profile.regex == "flagged_slashes":
        return None
    source, flags = written or (text, "" if entry.case_sensitive else "i")
    return Key(_label(text), source, Form(folded=False, named=profile.names), flags=flags, joined=profile.joined)


def _label(text: str) -> str:
    return text.strip()[:_LABEL]


def _is_pattern(entry: LoreEntry, profile: Profile, *, slashes: bool) -> bool:
    if profile.regex == "never":
        return False
    return slashes if profile.regex == "slashes" else entry.use_regex


def _secondary(entry: LoreEntry, profile: Profile) -> Iterable[str]:
    if not entry.selective:
        return ()
    if not profile.split_secondary:
        return entry.secondary_keys
    return (part for text in entry.secondary_keys for part in text.split(","))


def _logic(entry: LoreEntry, profile: Profile) -> Logic:
    number = whole_of(entry.extensions, "selectiveLogic") if profile.selective_logic else None
    return _LOGICS[number] if number is not None and number < len(_LOGICS) else "and_any"


def _wants_words(entry: LoreEntry, decorators: Decorators, *, default: bool) -> bool:
    if decorators.has("match_full_word") or decorators.has("match_partial_word"):
        return decorators.has("match_full_word")
    asked = flag_of(entry.extensions, "match_whole_words")
    return default if asked is None else asked


def _form(entry: LoreEntry, profile: Profile, edges: Edges) -> Form:
    extended = flag_of(entry.extensions, "case_sensitive")
    sensitive = entry.case_sensitive if extended is None else extended
    return Form(folded=not sensitive, squeezed=profile.squeezed and edges == "any", named=profile.names)
