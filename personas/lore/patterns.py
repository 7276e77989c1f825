r"""Patterns of strangers, searched in linear time where that is short, and under a time limit elsewhere.

RE2 takes time in proportion to the text and to the size of the pattern's program. Where the product is too large, and
for what RE2 refuses, such as looking around and back, there is the `regex` package, which can be told when to give up.
A pattern that had to give up is not tried again in the same evaluation; the next one asks it anew, for lore is shared
and what one user says must not change what another finds. Time is that of the thread, so that a busy machine changes
little of what matches.
"""

import math
import re
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import re2
import regex

__all__ = ["Meter", "Pattern", "compile_pattern", "split_slashes"]

_Engine = Literal["linear", "timed"]
_LONGEST = 1000
"""Characters of a pattern."""
_LARGEST_SEARCH = 1_000_000
"""Instructions of RE2's program times letters of the text: 20 ms at worst, where its automaton has too many states."""
_MEMORY = 1 << 19
"""Bytes of a program of RE2; what needs more takes long to compile."""
_MOST_COPIES = 10_000
"""`regex` writes `a{1000}` out a thousand times, and counts inside counts multiply."""
_ONE_SECONDS = 0.008
"""Time of one pattern that goes back and forth."""
_SECONDS: dict[_Engine, float] = {"timed": 0.015, "linear": 0.03}
"""Time of all patterns of an evaluation together; thousands of honest ones fit."""
_SLASHES = re.compile(r"/(.+)/([a-z]{0,8})", re.DOTALL)
_COUNT = re.compile(r"\{(\d+)")
_UNICODE_ESCAPE = re.compile(r"\\u(?:([0-9a-fA-F]{4})|\{([0-9a-fA-F]{1,6})\})")


class Meter:
    """The time that patterns may still take in one evaluation."""

    def __init__(self) -> None:
        self._left = dict(_SECONDS)
        self.is_short = False
        """Whether a pattern was not searched because others had taken all the time."""
        self._slow: set[Pattern] = set()

    def gave_up_on(self, pattern: "Pattern") -> bool:
        """Whether a pattern took too long already."""
        return pattern in self._slow

    def give_up_on(self, pattern: "Pattern") -> None:
        """Note that a pattern took too long."""
        self._slow.add(pattern)

    def grant(self, engine: _Engine) -> float:
        """Return the seconds that a search may take; none left is noted."""
        left = self._left[engine]
        self.is_short = self.is_short or left <= 0
        return max(left, 0)

    def charge(self, engine: _Engine, since: float) -> None:
        """Take off what was used since the moment `since` of `time.thread_time`."""
        self._left[engine] -= time.thread_time() - since


@dataclass(slots=True, eq=False)
class Pattern:
    """A pattern that was understood."""

    source: str
    _text: str
    """With flags, as Python writes them."""
    _linear: Any = field(default=None, repr=False)
    _timed: Any = field(default=None, repr=False)

    def start(self, text: str, meter: Meter) -> int | None:
        """Return where the pattern is found first, or None: not there, no time left, or too slow."""
        is_linear = self._linear is not None and self._linear.programsize * len(text) <= _LARGEST_SEARCH
        engine: _Engine = "linear" if is_linear else "timed"
        seconds = 0 if meter.gave_up_on(self) else meter.grant(engine)
        if not seconds:
            return None
        since = time.thread_time()
        try:
            found = self._linear.search(text) if is_linear else self._search(text, seconds)
        except TimeoutError:
            meter.give_up_on(self)
            return None
        finally:
            meter.charge(engine, since)
        return None if found is None else int(found.start())

    def _search(self, text: str, seconds: float) -> Any:
        if self._timed is None:
            self._timed = _compile_timed(self._text) or _NEVER
        return self._timed.search(text, timeout=min(_ONE_SECONDS, seconds))


_NEVER = regex.compile(r"(?!)")


def split_slashes(key: str) -> tuple[str, str] | None:
    """Return pattern and flags of a key written `/…/flags`, or None for another key."""
    found = _SLASHES.fullmatch(key.strip())
    return (found[1], found[2]) if found else None


def compile_pattern(source: str, flags: str) -> Pattern | None:
    """Return a pattern with JavaScript's flags (`i`, `m`, `s` count), or None for one that is not valid or too long."""
    if len(source) > _LONGEST:
        return None
    inline = "".join(flag for flag in "ims" if flag in flags)
    text = f"(?{inline}){source}" if inline else source
    try:
        return Pattern(source, text, re2.compile(_UNICODE_ESCAPE.sub(_braced, text), _options()))
    except (re2.error, UnicodeEncodeError):
        compiled = _compile_timed(text)
        return Pattern(source, text, _timed=compiled) if compiled else None


def _compile_timed(text: str) -> Any:
    if math.prod(max(int(count), 1) for count in _COUNT.findall(text)) > _MOST_COPIES:
        return None
    try:
        return regex.compile(text)
    except (regex.error, OverflowError, RecursionError, ValueError, MemoryError):
        return None


def _braced(escape: re.Match[str]) -> str:
    return f"\\x{{{escape[1] or escape[2]}}}"


@cache
def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    return options
