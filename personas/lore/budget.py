"""What lorebooks may take of the prompt."""

import math
from dataclasses import dataclass

from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lore.profiles import Profile

__all__ = ["Purse", "estimate", "limit_of"]


def estimate(text: str) -> int:
    """Tokens of a text, roughly: one for four characters of a Latin script, three for two of CJK."""
    wide = 0 if text.isascii() else sum(char >= "\u2e80" for char in text)
    return (len(text) - wide + 3) // 4 + wide * 3 // 2


def limit_of(book: Lorebook, profile: Profile, context_tokens: int) -> float:
    """Return the tokens that a book may take; infinite where nothing limits it.

    Args:
        book: its own `token_budget` comes before the dialect's.
        profile: of its dialect.
        context_tokens: the model's whole context; 0 when it is not known, and a share of it is no limit then.
    """
    if book.token_budget is not None:
        return book.token_budget
    if profile.budget_tokens is not None:
        return profile.budget_tokens
    share = profile.budget_share if context_tokens > 0 else None
    return math.inf if share is None else int(context_tokens * share)


@dataclass
class Purse:
    """Tokens that are left, and whether anyone may still ask."""

    limit: float
    profile: Profile
    spent: int = 0
    closed: bool = False
    """Whether an entry did not fit and the dialect lets no lower one in after that."""

    def take(self, tokens: int) -> bool:
        """Pay for an entry, or return False."""
        if self.closed:
            return False
        after = self.spent + tokens
        if after < self.limit or (after == self.limit and not self.profile.full_at_limit):
            self.spent = after
            return True
        self.closed = self.profile.over_budget != "skip"
        return False
