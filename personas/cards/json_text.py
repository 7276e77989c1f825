"""JSON as cards in the wild hold it (other encodings, damaged characters, halves of emoji), and as we write it."""

import codecs
import json
import re
from collections.abc import Mapping
from typing import Any

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.reading import check_size, read_json

__all__ = ["read_json_leniently", "to_json"]

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_PAIR_OR_HALF = re.compile(
    rb"(\\\\|\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def read_json_leniently(content: bytes, label: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read a JSON object, and say what had to be mended.

    Returns:
        The object, and one sentence for each kind of thing that was mended.

    Raises:
        PersonaError: it can't be read; names the place.
    """
    check_size(content, label)
    text, in_utf8 = _to_utf8(content)
    whole, halves = _mend_halves(text)
    notices = [in_utf8] if in_utf8 else []
    if halves:
        notices.append(f"{halves} half characters were replaced.")
    return read_json(whole, label), tuple(notices)


def to_json(value: Mapping[str, Any], label: str, *, indent: int | None = None) -> bytes:
    """Return a card or lorebook as JSON that every program can read, in UTF-8.

    Raises:
        PersonaError: it holds what JSON has no way to write, such as an infinite number; names `label`.
    """
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False).encode()
    except ValueError as error:
        raise PersonaError(f"{label}: can't be written as JSON ({str(error)[:100]}).") from error


def _to_utf8(content: bytes) -> tuple[bytes, str]:
    """Return the text in UTF-8, and what had to be assumed for that."""
    try:
        if content.startswith(_UTF_16):
            return content.decode("utf-16").encode(), ""
        content.decode("utf-8-sig")
    except UnicodeError:
        return (content, "") if content.startswith(_UTF_16) else _replaced(content)
    return content, ""


def _mend_halves(content: bytes) -> tuple[bytes, int]:
    """A program that cuts a text in the middle of an emoji leaves half of it, which no encoding can write."""
    count = 0
    if b"\\ud" not in content and b"\\uD" not in content:
        return content, count

    def mend(match: re.Match[bytes]) -> bytes:
        nonlocal count
        count += match[1] is None
        return match[1] or rb"\ufffd"

    return _PAIR_OR_HALF.sub(mend, content), count


def _replaced(content: bytes) -> tuple[bytes, str]:
    """A damaged file has valid sequences beside the broken ones; a text in one byte a character has none."""
    text = content.decode(errors="replace")
    damaged = text.count(_REPLACEMENT)
    if text.replace(_REPLACEMENT, "").isascii():
        return content.decode(
            "cp1252", errors="replace"
        ).encode(), "It is not in UTF-8, so it was read as Windows-1252."
    return text.encode(), f"{damaged} damaged characters were replaced."
