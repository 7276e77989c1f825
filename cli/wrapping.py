"""Break a text that comes in parts at words, so that a terminal doesn't break it within one."""

import re

from rich.cells import cell_len

__all__ = ["Wrapper"]

_WORD = re.compile(r"\n|[^\S\n]*[^\s]+|[^\S\n]+")


class Wrapper:
    """Keeps the column from part to part.

    Args:
        width: columns of the terminal.
        column: where the first part begins.
    """

    def __init__(self, width: int, *, column: int = 0) -> None:
        self._width = width
        self._column = column

    def feed(self, part: str) -> str:
        """`part` with line breaks in the place of some spaces; a word longer than a line is left to the terminal."""
        return "".join(map(self._place, _WORD.findall(part)))

    def _place(self, word: str) -> str:
        if word == "\n":
            self._column = 0
            return word
        length = cell_len(word)
        if self._column + length <= self._width:
            self._column += length
            return word
        bare = word.lstrip()
        self._column = cell_len(bare) % max(1, self._width)
        return f"\n{bare}" if bare != word else bare
