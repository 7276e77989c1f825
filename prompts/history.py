"""The earlier messages of a conversation: how many of them a prompt shows, and what stands between them."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage

from langgraph_roleplay.prompts.budget import ESTIMATE, TokenCounter, shorten
from langgraph_roleplay.prompts.sections import Piece

__all__ = ["as_shown", "fit_history", "history_tokens", "insert_at_depth"]

_LONGEST_SHARE = 2
"""One message takes at most one part in so many of the history's room."""
_BLOCK_SHARE = 2
"""Old messages leave in blocks of one part in so many: a cut makes a model server read all that is left anew."""


def history_tokens(messages: Sequence[AnyMessage], *, room: int, counter: TokenCounter = ESTIMATE) -> list[int]:
    """Tokens of each message as it would be shown in `room`."""
    most = room // _LONGEST_SHARE
    return [min(counter.count(message.text) + counter.per_message, most) for message in messages]


def fit_history(messages: Sequence[AnyMessage], *, tokens: int, counter: TokenCounter = ESTIMATE) -> list[AnyMessage]:
    """The newest of `messages` that fit `tokens`; old ones leave in blocks, and the last exchange always stays.

    Where it begins depends on what was said from the first message on, not on the last: it stays there until a whole
    block more has been said.
    """
    sizes = history_tokens(messages, room=tokens, counter=counter)
    return list(messages[_beginning(messages, sizes, tokens) :])


def as_shown(message: AnyMessage, *, room: int, counter: TokenCounter = ESTIMATE) -> AnyMessage:
    """The message as the prompt shows it: its words alone, shortened if they are very many."""
    text = shorten(message.text, room // _LONGEST_SHARE - counter.per_message, counter)
    return HumanMessage(text) if message.type == "human" else AIMessage(text)


def insert_at_depth(
    window: Sequence[AnyMessage], pieces: Sequence[tuple[Piece, str]], *, asked: bool
) -> list[AnyMessage]:
    """Put lore between messages where its author wants it.

    Args:
        window: the earlier messages.
        pieces: lore of a depth of 1 and more, and its text.
        asked: whether a message to answer comes after `window`: it is the newest then.
    """
    shown = list(window)
    # From the newest message upwards, so that places are still those of the window; the later of two equals first.
    for _, (piece, text) in sorted(enumerate(pieces), key=lambda pair: (pair[1][0].depth, -pair[0])):
        shown.insert(max(0, len(window) - piece.depth + asked), _message(piece, text))
    return shown


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


def _message(piece: Piece, text: str) -> AnyMessage:
    kinds: dict[str, type[HumanMessage | AIMessage | SystemMessage]]
    kinds = {"user": HumanMessage, "assistant": AIMessage, "system": SystemMessage}
    return kinds[piece.role](text)
