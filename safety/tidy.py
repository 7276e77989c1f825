"""Mending a reply without a model, as it streams: what a model puts around a reply is left out."""

import re
from dataclasses import dataclass

__all__ = ["ThoughtFilter", "strip_name"]

_OPEN, _CLOSE = "<think>", "</think>"


@dataclass
class ThoughtFilter:
    """Leaves out what a model thinks aloud between `<think>` and `</think>`, however the text is chopped."""

    _pending: str = ""
    _thinking: bool = False

    def feed(self, text: str) -> str:
        """Return what of the text so far is said and not thought."""
        self._pending += text
        said = ""
        while True:
            mark = _CLOSE if self._thinking else _OPEN
            before, found, after = self._pending.partition(mark)
            if not found:
                held = _beginning_of(mark, self._pending)
                said += "" if self._thinking else self._pending[: len(self._pending) - held]
                self._pending = self._pending[len(self._pending) - held :]
                return said
            said += "" if self._thinking else before
            self._pending, self._thinking = after, not self._thinking

    def flush(self) -> str:
        """Return what was held back; a thought that has no end is no reply."""
        rest, self._pending = self._pending, ""
        return "" if self._thinking else rest


def strip_name(text: str, *, character: str) -> str:
    """Return `text` without the character's name, or a part of it, and a colon at its beginning."""
    names = sorted({character, *character.split()}, key=len, reverse=True)
    label = "|".join(re.escape(name) for name in names if len(name) > 1)
    pattern = rf"^\s*(?:\*\*)?(?:{label})(?:\*\*)?\s?[:：](?:\*\*)?\s*"
    return re.sub(pattern, "", text, count=1, flags=re.IGNORECASE) if label else text


def _beginning_of(mark: str, text: str) -> int:
    """How many characters at the end of `text` may be the beginning of `mark`."""
    return next((size for size in range(min(len(mark) - 1, len(text)), 0, -1) if mark.startswith(text[-size:])), 0)
