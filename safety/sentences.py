"""Sentences out of a stream of text, as it comes, without losing a character of it."""

import re
from dataclasses import dataclass

__all__ = ["SentenceStream", "split_sentences"]

_LIMIT = 300
_PATIENCE = 40
"""How many characters after the limit are waited for, so that an end before it is always decided."""

_CLOSERS = "\"'”’»」』）)\\]*_"
_END = re.compile(
    rf"[.!?…]{{1,20}}[{_CLOSERS}]{{0,6}}(?=\s)|[。！？]{{1,20}}[…{_CLOSERS}]{{0,6}}(?=[^。！？…{_CLOSERS}])|\S(?=\n)"
)
_CLAUSE = re.compile(r"[,;:，；：、—](?=\s|[^\x00-\x7f])")
_OPENERS = r"(?:^|[\s\"'“‘(*\[—.-])"
_ABBREVIATION = re.compile(
    rf"{_OPENERS}(?:Mr|Mrs|Ms|Mme|Mlle|Messrs|Dr|Prof|St|Capt|Col|Gen|Lt|Sgt|Rev|Hon|Sr|vs|viz|cf|e\.g|i\.e"
    rf"|[A-HJ-Z])\.$"
)
_NUMBERING = re.compile(r"^\s*\d{1,3}\.$")
_NUMBER_SIGN = re.compile(rf"{_OPENERS}No\.$", re.IGNORECASE)


@dataclass
class SentenceStream:
    """Takes text piece by piece and gives it back sentence by sentence.

    Space before a sentence belongs to it, so the joined sentences and the rest are the text that was fed. Where the
    cuts fall does not depend on how the text was chopped. What runs on without a stop is cut at a clause, a space,
    or 300 characters.
    """

    _pending: str = ""

    def feed(self, text: str) -> list[str]:
        """Return the sentences that `text` completes; the one that just ended waits for the next word."""
        self._pending += text
        sentences, start = [], 0
        while end := _next_cut(self._pending, start):
            sentences.append(self._pending[start:end])
            start = end
        self._pending = self._pending[start:]
        return sentences

    def flush(self) -> str:
        """Return what is left when the text is over, and forget it."""
        rest, self._pending = self._pending, ""
        return rest


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a whole text; joined they are the text."""
    stream = SentenceStream()
    sentences = stream.feed(text)
    rest = stream.flush()
    return [*sentences, rest] if rest else sentences


def _next_cut(text: str, start: int) -> int:
    """Return where the sentence that starts at `start` ends, or 0 while that is not known."""
    body = start + len(text[start : start + _LIMIT]) - len(text[start : start + _LIMIT].lstrip())
    window = text[start : body + _LIMIT + _PATIENCE]
    for match in _END.finditer(window):
        end = start + match.end()
        if end > body + _LIMIT:
            break
        after = _first_after(window, match.end())
        if after is None:
            return 0
        if _is_end(window[: match.end()], match.group(), after):
            return end
    return _cut_runaway(text, start, body) if len(window) == body - start + _LIMIT + _PATIENCE else 0


def _first_after(window: str, end: int) -> str | None:
    """Return the space after `end` and the first character behind it; none while that is still to come."""
    rest = window[end : end + _PATIENCE]
    stripped = rest.lstrip()
    if stripped:
        return rest[: len(rest) - len(stripped) + 1]
    return rest if len(rest) == _PATIENCE else None


def _is_end(before: str, stop: str, after: str) -> bool:
    if "\n" in after:
        return True
    if stop[0] in "。！？":
        return True
    following = after[-1]
    if following.islower():
        return False
    if stop != ".":
        return True
    if _ABBREVIATION.search(before) or _NUMBERING.match(before):
        return False
    return not (_NUMBER_SIGN.search(before) and following.isdigit())


def _cut_runaway(text: str, start: int, body: int) -> int:
    window = text[start : body + _LIMIT]
    clauses = [match.end() for match in _CLAUSE.finditer(window)]
    if clauses and clauses[-1] > _LIMIT // 3:
        return start + clauses[-1]
    space = window.rfind(" ", _LIMIT // 3)
    return start + space if space > 0 else body + _LIMIT
