"""One plain form of a text for the rules, so that a hidden character does not hide a word."""

import re
import unicodedata

__all__ = ["normalize"]

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"'})
_SPACES = re.compile(r"[^\S\n]+")


def normalize(text: str) -> str:
    """Return `text` with compatible forms, plain quotes and single spaces, without control and invisible characters.

    Case and line breaks stay, because some rules read them.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    visible = "".join(_visible(character) for character in plain)
    return _SPACES.sub(" ", visible).strip()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return " " if category == "Cc" and character != "\n" else character
