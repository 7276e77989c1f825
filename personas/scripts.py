"""Which language a card is written in, told by its script."""

import re

__all__ = ["guess_language"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_MACRO = re.compile(r"\{\{[^{}]{0,80}\}\}|<[A-Za-z]{1,10}>")


def guess_language(text: str) -> str:
    """Return `zh` or `ja` for text that is mostly in their scripts, else `en`.

    A character of Han counts like a word of Latin, so names in the other script do not tip the scale.
    """
    plain = _MACRO.sub(" ", text)
    han, kana = len(_HAN.findall(plain)), len(_KANA.findall(plain))
    if han + kana <= len(_LATIN_WORD.findall(plain)):
        return "en"
    return "ja" if kana * 10 > han else "zh"
