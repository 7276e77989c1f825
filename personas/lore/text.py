"""How texts and keys are made alike before one is looked for in the other."""

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["ANCHOR", "Form", "clean", "runs_on", "show_hidden_keys"]

ANCHOR = "\x01"
"""Stands before each message that a pattern sees, so that it can ask who speaks."""

_RUNNING_ON = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai and Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # CJK
    "]"
)
_INVISIBLE = re.compile(
    "[\x01\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\ud800-\udfff]"
)
# Bounded, so that a text full of unclosed ones costs no quadratic time.
_UNSPOKEN = re.compile(r"\{\{\s{0,9}(?://|comment\s{0,9}:)[^{}]{0,2000}\}\}", re.IGNORECASE)
_HIDDEN_KEY = re.compile(r"\{\{\s{0,9}hidden_?key\s{0,9}:([^{}]{0,2000})\}\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """The form in which a key is compared."""

    folded: bool = True
    """Without regard to case."""
    squeezed: bool = False
    """Without spaces."""
    named: bool = False
    """Messages begin with who says them."""

    def of(self, cleaned: str) -> str:
        """Return cleaned text in this form."""
        text = "".join(cleaned.split()) if self.squeezed else cleaned
        if not self.folded:
            return text
        return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text.casefold())


def clean(text: str) -> str:
    """Return text as it is compared: compatible forms, nothing invisible, without comments and hidden keys."""
    if "{{" in text:
        text = _HIDDEN_KEY.sub("", _UNSPOKEN.sub("", text))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _INVISIBLE.sub("", text)


def show_hidden_keys(text: str) -> str:
    """Return an entry's content with its hidden keys as words of their own, so that other entries see them."""
    return _HIDDEN_KEY.sub(r" \1 ", text) if "{{" in text else text


def runs_on(char: str) -> bool:
    """Whether a character is of a script that does not set words apart."""
    return not char.isascii() and _RUNNING_ON.match(char) is not None
