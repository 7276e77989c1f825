"""Text of cards, models and files as it may be shown: it must not steer the terminal, nor disguise a line."""

import json
import sys
import unicodedata

__all__ = ["print_json", "visible", "visible_json"]

_SHAPING = frozenset("\u200c\u200d\u200e\u200f\u061c\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Format characters that emoji and ordinary Arabic, Hebrew, Persian or Hindi are written with: joiners, marks, signs.

None of them turns the letters round it about; those that embed, override or isolate do, and are not among them.
"""


def visible(text: str) -> str:
    """`text` without control characters, and without what hides in it or turns its letters about."""
    return "".join(char for char in text if not _steers(char))


def visible_json(text: str) -> str:
    r"""JSON that says the same, with `\u001b` and the like for the characters that `visible` leaves out."""
    # A string is where JSON can hold them; indents are not touched.
    return "".join(json.dumps(char)[1:-1] if _steers(char) else char for char in text)


def print_json(data: object) -> None:
    """Write `data` to stdout, for programs that read it and people who look at it."""
    sys.stdout.write(visible_json(json.dumps(data, ensure_ascii=False, indent=1)) + "\n")


def _steers(char: str) -> bool:
    if char.isprintable() or char in "\n\t":
        return False
    category = unicodedata.category(char)
    return category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and char not in _SHAPING)
