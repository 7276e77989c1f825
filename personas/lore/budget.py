"""What lorebooks may take of the prompt."""

import math
from dataclasses import dataclass

from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lore.profiles import Profile

__all__ = ["Limit", "Purse", "estimate", "limit_of", "stopped_by"]


def estimate(text: str) -> int:
    """Tokens of a text, roughly: one for four characters of a Latin script, three for two of CJK."""
    wide = 0 if text.isascii() else sum(char >= "\u2e80" for char in text)
    return (len(text) - wide + 3) // 4 + wide * 3 // 2


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a book may take."""

    tokens: float
    """Infinite where nothing limits it."""
    whose: str = "the book's"
    part: str = ""
    """What it is a part of, in words."""

    def __str__(self) -> str:
        return f"{self.whose} {self.tokens:.0f}{self.part}"


def limit_of(book: Lorebook, profile: Profile, context_tokens: int, *, room: float = math.inf) -> Limit:
    """Return the tokens that a book may take, and how a report names them.

    Args:
        book: its own `token_budget` comes before the dialect's.
        profile: of its dialect.
        context_tokens: the model's whole context; 0 when it is not known, and a share of it is no limit then.
        room: tokens of the prompt that all lore may take.
    """
    limit = _own_limit(book, profile, context_tokens)
    return limit if limit.tokens <= room else Limit(room, "the prompt's")


def _own_limit(book: Lorebook, profile: Profile, context_tokens: int) -> Limit:
    if book.token_budget is not None:
        return Limit(book.token_budget)
    if profile.budget_tokens is not None:
        return Limit(profile.budget_tokens)
    share = profile.budget_share if context_tokens > 0 else None
    if share is None:
        return Limit(math.inf)
    return Limit(int(context_tokens * share), part=f" ({share:.0%} of {context_tokens})")


@dataclass
class Purse:
    """Tokens that are left, and whether anyone may still ask."""

    limit: Limit
    profile: Profile
    spent: int = 0
    closed_by: str | None = None
    """The entry that did not fit, where the dialect lets no lower one in after that."""

    def take(self, name: str, tokens: int) -> str:
        """Pay for the entry `name`, or return why it can not be paid for; empty: it is."""
        if self.closed_by is not None:
            return stopped_by(self.closed_by)
        if self._has_room(self.spent + tokens):
            self.spent += tokens
            return ""
        if self.profile.over_budget != "skip":
            self.closed_by = name
        return self._too_long(tokens)

    def _has_room(self, tokens: int) -> bool:
        return tokens < self.limit.tokens or (tokens == self.limit.tokens and not self.profile.full_at_limit)

    def _too_long(self, tokens: int) -> str:
        over = ", one of which must stay free" if tokens == self.limit.tokens - self.spent else ""
        if not self._has_room(tokens):
            return f"needs {tokens} tokens and is too long for {self.limit}{over}"
        return f"needs {tokens} tokens, {self.limit.tokens - self.spent:.0f} are left of {self.limit}{over}"


def stopped_by(name: str) -> str:
    """Say that an entry was not even tried."""
    return f"stopped by {name[:40]!r}, which did not fit"
