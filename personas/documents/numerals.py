"""Numbers of chapters, as books write them: 3, III, Three, 三."""

import re

__all__ = ["NUMERAL", "read_numeral"]

_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500}
_IS_ROMAN = re.compile(r"(?=[dclxvi])(?:cd|d?c{0,3})(?:xc|xl|l?x{0,4})(?:ix|iv|v?i{0,4})", re.IGNORECASE)
_ONES = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {
    **{word: number for number, word in enumerate(_ONES, 1)},
    **{word: 10 * number for number, word in enumerate(_TENS, 2)},
    **{f"{ten}-{one}": 10 * tens + ones for tens, ten in enumerate(_TENS, 2) for ones, one in enumerate(_ONES[:9], 1)},
}
_HAN = {"零": 0, "〇": 0, **{digit: number for number, digit in enumerate("一二三四五六七八九", 1)}, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}

NUMERAL = rf"(?:\d{{1,4}}|[ivxlcd]{{1,9}}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
"""Pattern of a number in Latin script, any case."""


def read_numeral(text: str) -> int | None:
    """The number that is written, from 1; None if it is none."""
    word = text.strip().casefold()
    if word.isdecimal():
        return int(word) or None
    if word in _WORDS:
        return _WORDS[word]
    if _IS_ROMAN.fullmatch(word):
        return _roman(word)
    return _han(word)


def _roman(word: str) -> int:
    values = [_ROMAN[letter] for letter in word]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


def _han(word: str) -> int | None:
    total, digit = 0, 0
    for sign in word:
        if sign in _HAN:
            digit = 10 * digit + _HAN[sign]
        elif sign in _HAN_UNITS:
            total, digit = total + max(digit, 1) * _HAN_UNITS[sign], 0
        else:
            return None
    return total + digit or None
