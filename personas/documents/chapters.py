"""Chapters of a plain text, told by their headings and by the numbers in them.

A line that looks like a heading is believed only where its number goes on from the one before, so that neither a
sentence ("I. was late") nor a table of contents is taken for a chapter.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from langgraph_roleplay.personas.documents.document import Section
from langgraph_roleplay.personas.documents.numerals import NUMERAL, read_numeral

__all__ = ["divide"]

_INNER = "chapter|adventure|letter|stave|canto|scene|episode|kapitel|chapitre|cap[ií]tulo|capitolo|hoofdstuk|глава"
_OUTER = "part|book|volume|act|teil|partie|parte|часть"
_TITLE = r"(?:\s*[.:,—–-]+\s*(?P<title>\S.{0,100})?|\s+(?P<plain>\S.{0,60}[^.,;:\s]))?"
_KINDS = {
    "inner": re.compile(rf"(?:{_INNER})\s+(?:the\s+)?(?P<number>{NUMERAL}){_TITLE}", re.IGNORECASE),
    "outer": re.compile(rf"(?:{_OUTER})\s+(?:the\s+)?(?P<number>{NUMERAL}){_TITLE}", re.IGNORECASE),
    "titled": re.compile(r"(?P<number>[IVXLC]{1,7}|\d{1,3})[.:]\s+(?P<title>(?=[^a-z]*[A-Z])[^a-z]{3,80})"),
    "bare": re.compile(r"(?P<number>[IVXLC]{1,7}|\d{1,3})\.?"),
}
_HAN = re.compile(
    r"第\s*(?P<number>[0-9零〇一二三四五六七八九十百千两]{1,7})\s*(?P<unit>[章回节節話话集卷部])(?P<title>.{0,40})"
)
_OUTER_HAN = "卷部"
_LONGEST = 120
_LEAST = 200
"""Characters that a chapter has at least, on average; headings with less between them are a table of contents."""


class _Heading(NamedTuple):
    line: int
    number: int
    kind: str
    text: str


def divide(text: str) -> list[Section]:
    """The chapters of a text, with their numbers as story time; one section without any if it has none.

    Numbers that begin anew (in a second part, or after letters) count on.
    """
    lines = text.splitlines()
    headings = _without_contents(_chosen([found for line in enumerate(lines) if (found := _heading(*line))]), lines)
    if not headings:
        return [Section("", text)]
    sections = [Section("", _between(lines, 0, headings[0].line))]
    ends = [heading.line for heading in headings[1:]] + [len(lines)]
    for heading, end, time in zip(headings, ends, _times(headings), strict=True):
        sections.append(Section(heading.text, _between(lines, heading.line + 1, end), time))
    return sections


def _heading(line: int, text: str) -> _Heading | None:
    stripped = text.strip().lstrip("#").strip().strip("*_").strip()
    if not stripped or len(stripped) > _LONGEST:
        return None
    if han := _HAN.fullmatch(stripped):
        number = read_numeral(han["number"])
        return _Heading(line, number, "outer" if han["unit"] in _OUTER_HAN else "inner", stripped) if number else None
    for kind, pattern in _KINDS.items():
        if (found := pattern.fullmatch(stripped)) and (number := read_numeral(found["number"])):
            return _Heading(line, number, kind, stripped)
    return None


def _chosen(headings: Sequence[_Heading]) -> list[_Heading]:
    """Those of the finest kind that numbers chapters here, where their numbers go on."""
    has = {kind: sum(one.kind == kind for one in headings) for kind in _KINDS}
    for kinds in (("inner", "titled"), ("titled",), ("outer",), ("bare",)):
        if has[kinds[0]]:
            going_on = _going_on([one for one in headings if one.kind in kinds])
            if len(going_on) > 1 or (going_on and kinds[0] in ("inner", "outer")):
                return going_on
    return []


def _going_on(headings: Sequence[_Heading]) -> list[_Heading]:
    kept: list[_Heading] = []
    for one in headings:
        last = kept[-1].number if kept else 0
        said = one.kind in ("inner", "outer")
        if one.number == last + 1 or (said and (one.number > last or one.number == 1)):
            kept.append(one)
    return kept


def _without_contents(headings: list[_Heading], lines: Sequence[str]) -> list[_Heading]:
    """Without runs of headings that have next to nothing between them."""
    starts = [place for place, one in enumerate(headings) if place == 0 or one.number <= headings[place - 1].number]
    kept: list[_Heading] = []
    for start, end in pairwise([*starts, len(headings)]):
        run = headings[start:end]
        last = headings[end].line if end < len(headings) else len(lines)
        inside = run[-1].line if len(run) > 1 else last
        told = len(_between(lines, run[0].line, inside)) / max(1, len(run) - 1)
        if told >= _LEAST or len(starts) == 1:
            kept += run
    return kept


def _times(headings: Sequence[_Heading]) -> list[float]:
    times: list[float] = []
    before, last = 0, 0
    for one in headings:
        if one.number <= last:
            before += last
        last = one.number
        times.append(float(before + one.number))
    return times


def _between(lines: Sequence[str], start: int, end: int) -> str:
    return "\n".join(lines[start:end]).strip()
