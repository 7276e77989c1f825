"""Dates that a query names, as spans of days, and how near a day is to one.

Written dates are read in English and as numbers (ISO, Chinese, Japanese); what is relative is resolved against now.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

__all__ = ["Span", "closeness", "spans_in"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HALF_LIFE = 3.0  # days off after which a date is half as near: people tell of things a few days later

_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|(?<!^)May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>(?:19|20)\d\d)"
_WRITTEN = [
    re.compile(pattern)
    for pattern in (
        rf"\b{_DAY}(?: of)? {_MONTH}(?:,? ?{_YEAR}\b)?",
        rf"\b{_MONTH}(?: {_DAY}\b(?!:))?(?:,? ?{_YEAR}\b)?",
        rf"(?<!\d){_YEAR}-(?P<month>\d{{1,2}})(?:-(?P<day>\d{{1,2}}))?(?!\d)",
        rf"(?:{_YEAR}年)?(?P<month>\d{{1,2}})月(?:(?P<day>\d{{1,2}})[日号號])?",
        rf"(?<!\d){_YEAR}(?!\d)",
    )
]
_RELATIVE = re.compile(
    r"\b(?:(?P<named>today|yesterday)|(?P<which>this|last) (?P<unit>week|month|year)"
    r"|(?P<count>\d{1,3}|a|an|one|two|three|four|five|six) (?P<units>day|week|month|year)s? ago"
    r"|(?:on|last|this) (?P<weekday>mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_UNCAPPED = re.compile(r"\b(?:jan|febr|septem|octo|novem|decem)(?:uary|ber)\b|\b(?:april|june|july|august)\b")
"""Months in a query without capitals; may and march are more often something else."""
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


class Span(NamedTuple):
    """Days from `first` to `last`, both within."""

    first: date
    last: date


def spans_in(query: str, *, now: date, years: Collection[int]) -> list[Span]:
    """The dates that the query names.

    Args:
        query: a question or message.
        now: what "yesterday" is the day before.
        years: that a date without a year may lie in.
    """
    relative = [_relative(found, now) for found in _RELATIVE.finditer(query)]
    rest, spans = query, [span for span in relative if span]
    if rest == rest.lower():
        rest = _UNCAPPED.sub(lambda found: found.group().capitalize(), rest)
    for pattern in _WRITTEN:  # from the most to the least exact; what one has read the next must not read again
        for found in pattern.finditer(rest):
            spans += _written(found.groupdict(), years)
        rest = pattern.sub(" ", rest)
    return spans


def _written(parts: dict[str, str | None], years: Collection[int]) -> Iterable[Span]:
    day, month, year = (parts.get(name) for name in ("day", "month", "year"))
    among = [int(year)] if year else sorted(years)
    if not month:
        return [Span(date(one, 1, 1), date(one, 12, 31)) for one in among]
    number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1
    return [span for one in among if (span := _in_month(one, number, int(day) if day else None))]


def _in_month(year: int, month: int, day: int | None) -> Span | None:
    if not 1 <= month <= 12:
        return None
    length = monthrange(year, month)[1]
    if day is None:
        return Span(date(year, month, 1), date(year, month, length))
    return Span(date(year, month, day), date(year, month, day)) if 1 <= day <= length else None


def _relative(found: re.Match[str], now: date) -> Span | None:
    parts = {name: value.lower() for name, value in found.groupdict().items() if value}
    readers: dict[str, Callable[[], Span | None]] = {
        "named": lambda: _days_ago(now, int(parts["named"] == "yesterday")),
        "unit": lambda: _calendar(now, parts["unit"], last=parts["which"] == "last"),
        "units": lambda: _ago(now, parts["count"], parts["units"]),
        "weekday": lambda: _days_ago(now, (now.weekday() - _DAYS.index(parts["weekday"][:3])) % 7 or 7),
    }
    return next(read for name, read in readers.items() if name in parts)()


def _days_ago(now: date, days: int, width: int = 0) -> Span:
    middle = now - timedelta(days=days)
    return Span(middle - timedelta(days=width), middle + timedelta(days=width))


def _ago(now: date, count: str, unit: str) -> Span:
    """Exact for days; "three weeks ago" may be a week off, "two years ago" most of a year."""
    days = _UNIT_DAYS[unit]
    return _days_ago(now, days * (_COUNTS.get(count) or int(count)), width=days // 2)


def _calendar(now: date, unit: str, *, last: bool) -> Span | None:
    if unit == "week":
        monday = now - timedelta(days=now.weekday() + 7 * last)
        return Span(monday, monday + timedelta(days=6))
    if unit == "month":
        months = now.year * 12 + now.month - 1 - last
        return _in_month(months // 12, months % 12 + 1, None)
    return Span(date(now.year - last, 1, 1), date(now.year - last, 12, 31))


def closeness(day: date, spans: Collection[Span]) -> float:
    """1 within a span, less with each day off: half of a half after 3 days; 0 where there is no span."""
    return max((_closeness(day, span) for span in spans), default=0.0)


def _closeness(day: date, span: Span) -> float:
    off = max((span.first - day).days, (day - span.last).days, 0)
    return 0.5 * 0.5 ** (off / _HALF_LIFE) if off else 1.0
