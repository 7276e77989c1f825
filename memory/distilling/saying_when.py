"""Dates for what is said with `yesterday`: a memory is read on another day than it was made."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

__all__ = ["dated", "days_meant", "foreign_dates", "speaks_of_time"]

_DAYS = {
    "the day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0, "tonight": 0, "this morning": 0,
    "this evening": 0, "the day after tomorrow": 2, "tomorrow": 1,
    "avant-hier": -2, "hier": -1, "aujourd'hui": 0, "demain": 1, "vorgestern": -2, "gestern": -1, "heute": 0,
    "ayer": -1, "hoy": 0, "mañana": 1, "前天": -2, "昨天": -1, "昨晚": -1, "今天": 0, "今晚": 0, "明天": 1, "后天": 2,
    "昨日": -1, "今日": 0, "明日": 1,
}  # fmt: skip
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = re.compile("|".join(rf"\b{name}\b" if name.isascii() else name for name in _DAYS), re.IGNORECASE)
_AGO = re.compile(r"\b(\d{1,2}|a|an|one|two|three|four|five|six|ten) (day|week)s? ago\b", re.IGNORECASE)
_WEEKDAY = re.compile(rf"\b(last|next|this) ({'|'.join(_WEEKDAYS)})\b", re.IGNORECASE)
_PERIOD = re.compile(r"\b(last|this|next) (week|month|year)\b|上(周|个月)|去年|明年|下(周|个月)", re.IGNORECASE)
_ISO = re.compile(r"\b(\d{4})-(\d\d)(?:-(\d\d))?\b")
_STEPS = {"last": -1, "this": 0, "next": 1}
_SLACK = timedelta(days=31)


def dated(text: str, said: datetime) -> str:
    """`text` with the date in place of every day that it names from where it was said.

    Args:
        text: a sentence.
        said: when it was said (aware); the day is that of its own time zone.
    """
    day = said.date()
    text = _DAY.sub(lambda found: _on(day + timedelta(days=_DAYS[found[0].lower()]), found), text)
    text = _AGO.sub(lambda found: _on(day - timedelta(days=_count(found)), found), text)
    text = _WEEKDAY.sub(lambda found: _on(_weekday(day, found), found), text)
    return _PERIOD.sub(lambda found: _period(day, found), text)


def days_meant(text: str, said: datetime) -> str:
    """The dates that `text` may be put with: that of saying it, and those it names."""
    return f"{dated(text, said)} {said.date().isoformat()}"


def speaks_of_time(text: str) -> bool:
    """Tell whether `text` names a time from where it was said."""
    return any(pattern.search(text) for pattern in (_DAY, _AGO, _WEEKDAY, _PERIOD))


def foreign_dates(fact: str, said: Iterable[tuple[str, datetime]]) -> list[str]:
    """The dates in `fact` that none of what was `said` (text, when) can have meant."""
    known = list(said)
    meant = " ".join(days_meant(text, when) for text, when in known)
    around = [when.date() for text, when in known if speaks_of_time(text)]
    return [found[0] for found in _ISO.finditer(fact) if found[0] not in meant and not _near(found, around)]


def _near(found: re.Match[str], around: list[date]) -> bool:
    """Tell whether a model may have counted a vague time so (`last week`)."""
    year, month, day = int(found[1]), int(found[2]), int(found[3] or 15)
    try:
        named = date(year, month, day)
    except ValueError:
        return False
    return any(abs(named - one) <= _SLACK for one in around)


def _on(day: date, found: re.Match[str]) -> str:
    return day.isoformat() if not found[0].isascii() else f"on {day.isoformat()}"


def _count(found: re.Match[str]) -> int:
    number = _COUNTS.get(found[1].lower()) or int(found[1])
    return number * (7 if found[2].lower() == "week" else 1)


def _weekday(day: date, found: re.Match[str]) -> date:
    ahead = (_WEEKDAYS.index(found[2].lower()) - day.weekday()) % 7
    if found[1].lower() == "last":
        return day + timedelta(days=ahead - 7)
    return day + timedelta(days=ahead or 7)


def _period(day: date, found: re.Match[str]) -> str:
    if not found[1]:
        return f"{found[0]}({day.isoformat()})"
    step, unit = _STEPS[found[1].lower()], found[2].lower()
    if unit == "year":
        return f"in {day.year + step}"
    if unit == "month":
        months = day.year * 12 + day.month - 1 + step
        return f"in {months // 12}-{months % 12 + 1:02d}"
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=step)
    return f"in the week of {monday.isoformat()}"
