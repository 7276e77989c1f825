"""The earlier messages of a conversation: how many of them a prompt shows, and how much of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from langgraph_roleplay.prompts.budget import ESTIMATE, TokenCounter, shorten

__all__ = ["Window", "fit_history"]

_LONGEST_SHARE = 2
"""One message takes at most one part in so many of the history's room."""
_BLOCK_SHARE = 2
"""Old messages leave in blocks of one part in so many: a cut makes a model server read all that is left anew."""
_REMEMBERED = 1024


@dataclass(frozen=True)
class Window:
    """The part of a conversation that a prompt shows."""

    said: Sequence[AnyMessage]
    """Those messages that are shown, as they were said."""
    shown: Sequence[AnyMessage]
    """The same as the prompt has them: their words alone, shortened where they are very many."""
    tokens: int
    """Of `shown`, with what a template puts around each."""
    asked: int
    """The same of all messages, in full."""
    wanted: int
    """The same of all messages, none longer than the prompt would show it."""


def fit_history(messages: Sequence[AnyMessage], *, room: int, counter: TokenCounter = ESTIMATE) -> Window:
    """The newest of `messages` that fit `room`; old ones leave in blocks, the last exchange stays while it has words.

    Where it begins depends on what was said from the first message on, not on the last: it stays there until a whole
    block more has been said.
    """
    texts = [message.text for message in messages]
    sizes = [counter.count(text) + counter.per_message for text in texts]
    most = max(0, room // _LONGEST_SHARE)
    capped = [min(size, most) for size in sizes]
    start = _beginning(messages, capped, room)
    said, shown, tokens = list[AnyMessage](), list[AnyMessage](), 0
    for message, text, size in zip(messages[start:], texts[start:], sizes[start:], strict=True):
        words = text if size <= most else shorten(text, max(0, most - counter.per_message), counter)
        if words.strip():  # else it would be an empty message, which providers refuse
            said.append(message)
            shown.append(_spoken(words, by_user=message.type == "human"))
            tokens += size if words is text else counter.count(words) + counter.per_message
    return Window(said, shown, tokens, asked=sum(sizes), wanted=sum(capped))


def _beginning(messages: Sequence[AnyMessage], sizes: Sequence[int], tokens: int) -> int:
    over = sum(sizes) - tokens
    if over <= 0:
        return 0
    block = max(1, tokens // _BLOCK_SHARE)
    dropped = -(-over // block) * block
    start = 0
    while start < len(sizes) and dropped > 0:
        dropped -= sizes[start]
        start += 1
    if start < len(messages) and messages[start].type == "ai":
        start += 1  # an answer whose question is gone
    return max(0, min(start, len(messages) - 2))


@lru_cache(maxsize=_REMEMBERED)
def _spoken(text: str, *, by_user: bool) -> AnyMessage:
    """The same message whenever it comes by again, as it does at every turn: making one takes longer than all else."""
    return HumanMessage(text) if by_user else AIMessage(text)
