"""Branches of a conversation: each message has a key, and the keys of the messages in state are the branch.

A key is the hash of the key before it, of the role and of the text. So it names a message together with all that was
said before it: a swipe, an edit or a fork gives new keys from there on, and going back gives the old ones again,
through restarts and for clients that send their whole history under new ids.
"""

import hashlib
import threading
from collections.abc import Iterable, Sequence
from itertools import accumulate

from langchain_core.messages import AnyMessage

__all__ = ["branch_keys", "turns_on"]

_ROLES = {"human": "h", "ai": "a"}
_MOST_KEPT = 32
_storing = threading.Lock()
_lately: dict[tuple[tuple[int, ...], tuple[str, ...]], tuple[str, ...]] = {}
"""What was asked for lately: each step of a turn asks for the same branch, whose hashes take milliseconds when long."""


def branch_keys(messages: Iterable[AnyMessage], *, known: Sequence[str] = ()) -> tuple[str, ...]:
    """The keys of the branch that `messages` end, the oldest first; only what people and characters said counts.

    Args:
        messages: the conversation as it is in state.
        known: the keys as they were before. A host that trims old messages leaves the rest without a beginning;
            they are found again among these, and the trimmed ones stay on the branch.
    """
    spoken = [(_ROLES[message.type], _text_of(message)) for message in messages if message.type in _ROLES]
    if not spoken:
        return ()
    # Hashes of what was said, so that no words outlive their conversation here; they are as long as a key is.
    asked = (tuple(map(hash, spoken)), tuple(known))
    keys = _lately.get(asked)
    if keys is None:
        keys = _keys(spoken, known)
        with _storing:
            _lately[asked] = keys
            while len(_lately) > _MOST_KEPT:
                del _lately[next(iter(_lately))]
    return keys


def _keys(spoken: Sequence[tuple[str, str]], known: Sequence[str]) -> tuple[str, ...]:
    whole = tuple(_chain(spoken, after=""))
    if whole[: len(known)] == tuple(known[: len(whole)]):
        return whole  # as nearly every turn finds it: nothing was trimmed, and what was known goes on
    start = _place(spoken, known)
    return (*known[:start], *_chain(spoken, after=known[start - 1])) if start else whole


def turns_on(branch: Sequence[str]) -> int:
    """How many messages of the user are on a branch."""
    return sum(key.startswith(_ROLES["human"]) for key in branch)


def _place(spoken: Sequence[tuple[str, str]], known: Sequence[str]) -> int:
    """Where in `known` the messages begin: where the first stood and most of the next did too, or at the start."""
    places = [n for n, key in enumerate(known) if _key(known[n - 1] if n else "", *spoken[0]) == key]
    # Of equals the start is likelier than a trimmed history that goes on as nothing in it ever did.
    return max(places, key=lambda place: (_agreement(spoken, known, place), place == 0, place), default=0)


def _agreement(spoken: Sequence[tuple[str, str]], known: Sequence[str], place: int) -> int:
    chain = _chain(spoken, after=known[place - 1] if place else "")
    return sum(key == other for key, other in zip(chain, known[place:], strict=False))


def _text_of(message: AnyMessage) -> str:
    return message.content if isinstance(message.content, str) else message.text


def _chain(spoken: Iterable[tuple[str, str]], *, after: str) -> list[str]:
    return list(accumulate(spoken, lambda key, message: _key(key, *message), initial=after))[1:]


def _key(before: str, role: str, text: str) -> str:
    digest = hashlib.blake2b(f"{before}\n{text}".encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"{role}{digest}"
