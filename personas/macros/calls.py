"""One macro as it is written: its name and what is given to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Call", "Piece", "read_call"]

_NAME = re.compile(r"\s*(//|[a-z_]+)(\s*)(::?)?", re.IGNORECASE | re.ASCII)
_COMMA = re.compile(r"(?<!\\),")


class Piece(NamedTuple):
    """Part of a text; a `made` one came out of a macro, so that its commas and colons separate nothing."""

    text: str
    made: bool = False


@dataclass(frozen=True)
class Call:
    """A macro that is to be expanded."""

    name: str
    """In lower case, without underscores."""
    separator: str
    """What stands between name and argument: `:`, `::`, white space or nothing."""
    argument: tuple[Piece, ...]
    offset: int
    """Where it stands in its text."""
    digest: str
    """Hash of its text."""

    @property
    def text(self) -> str:
        """The whole argument."""
        return "".join(piece.text for piece in self.argument).strip()

    @property
    def is_bare(self) -> bool:
        """Whether nothing is given."""
        return not self.separator.strip() and not self.text

    def options(self) -> list[str]:
        r"""The argument as a list: parted by `::` where there is one, else by commas; `\,` is a comma."""
        if any("::" in piece.text for piece in self.argument if not piece.made):
            return [option.strip() for option in self._split(re.compile("::"))]
        return [option.strip() for option in self._split(_COMMA, unescape=True)]

    def _split(self, separator: re.Pattern[str], *, unescape: bool = False) -> list[str]:
        options: list[list[str]] = [[]]
        for piece in self.argument:
            if piece.made:
                options[-1].append(piece.text)
                continue
            parts = [part.replace("\\,", ",") if unescape else part for part in separator.split(piece.text)]
            options[-1].append(parts[0])
            options.extend([part] for part in parts[1:])
        return ["".join(parts) for parts in options]


def read_call(pieces: Sequence[Piece], *, offset: int, digest: str) -> Call | None:
    """Read what stands between two pairs of braces; None if it doesn't begin with a name."""
    head = pieces[0] if pieces else Piece("")
    named = None if head.made else _NAME.match(head.text)
    if named is None:
        return None
    rest = head.text[named.end() :]
    argument = tuple(piece for piece in (Piece(rest), *pieces[1:]) if piece.text)
    return Call(
        name=named[1].lower().replace("_", ""),
        separator=named[3] or named[2],
        argument=argument,
        offset=offset,
        digest=digest,
    )
