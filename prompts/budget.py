"""The budgeter: which pieces go into the prompt, in which order, and what is left out.

What never changes stands first, byte for byte the same from turn to turn, and what changes stands last, so that a
model server's prefix cache is used. For the same reason each section has a share of its own: a long memory can't
push an example out of the prefix, and the history drops old messages in blocks, not one at each turn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AnyMessage

from langgraph_roleplay.state import PromptNote

__all__ = ["Budget", "Report", "estimate_tokens", "fit_history", "fit_pieces", "shorten"]

_PREFIX_SHARE, _HISTORY_SHARE = 0.60, 0.18
_HISTORY_BLOCK = 4
_ELLIPSIS = " […] "


@dataclass(frozen=True)
class Budget:
    """Tokens of a prompt, divided among its sections."""

    tokens: int

    @property
    def prefix(self) -> int:
        """For rules, persona, examples and greeting."""
        return int(self.tokens * _PREFIX_SHARE)

    @property
    def history(self) -> int:
        """For the earlier messages of the conversation."""
        return int(self.tokens * _HISTORY_SHARE)

    @property
    def tail(self) -> int:
        """For the user's message and the notes beside it."""
        return self.tokens - self.prefix - self.history


@dataclass
class Report:
    """What was asked for and what was kept, piece by piece."""

    notes: list[PromptNote] = field(default_factory=list)

    def add(self, piece: str, text: str, kept: str) -> None:
        """Note that `kept` of `text` is in the prompt."""
        if text:
            self.notes.append({"piece": piece, "tokens": estimate_tokens(text), "kept": estimate_tokens(kept)})


def estimate_tokens(text: str) -> int:
    """Tokens of `text`, roughly: one for four characters of a Latin script, three for two of CJK."""
    wide = 0 if text.isascii() else sum(char >= "\u2e80" for char in text)
    return (len(text) - wide + 3) // 4 + wide * 3 // 2


def shorten(text: str, tokens: int) -> str:
    """Cut the middle out of `text` so that it fits `tokens`: how it begins and how it ends matters most."""
    if estimate_tokens(text) <= tokens:
        return text
    kept = max(0, int(len(text) * tokens / estimate_tokens(text)) - len(_ELLIPSIS))
    head = kept * 2 // 3
    return text[:head] + _ELLIPSIS + text[len(text) - (kept - head) :]


def fit_pieces(pieces: Iterable[tuple[str, str]], *, tokens: int, report: Report, each: int | None = None) -> list[str]:
    """Keep `(name, text)` pieces in their order while they fit `tokens`; one that doesn't fit is left out whole.

    Args:
        pieces: the texts and what the report calls them.
        tokens: what all of them together may take.
        report: gets a note on every piece.
        each: what one of them may take, a longer one is shortened to it; None shortens none.
    """
    kept, left = [], tokens
    for name, text in pieces:
        shown = text if each is None else shorten(text, each)
        fits = bool(text) and estimate_tokens(shown) <= left
        report.add(name, text, shown if fits else "")
        if fits:
            kept.append(shown)
            left -= estimate_tokens(shown)
    return kept


def fit_history(messages: Sequence[AnyMessage], *, tokens: int) -> list[AnyMessage]:
    """The newest of `messages` that fit `tokens`; old ones leave in blocks, and the last exchange always stays."""
    start, used = len(messages), 0
    while start > 0:
        used += min(estimate_tokens(messages[start - 1].text), tokens)
        if used > tokens:
            break
        start -= 1
    if start:
        start = min(-(-start // _HISTORY_BLOCK) * _HISTORY_BLOCK, max(0, len(messages) - 2))
    return list(messages[start:])
