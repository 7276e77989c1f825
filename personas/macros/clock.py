"""Times and dates as macros write them: in English, whatever the machine's locale."""

import re
from datetime import UTC, datetime, timedelta, timezone

from langgraph_roleplay.personas.macros.calls import Call
from langgraph_roleplay.personas.macros.scene import MacroScene

__all__ = ["formatted", "idle_duration", "time_difference", "time_of_day", "time_of_zone"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
# The tokens of moment.js, which SillyTavern formats with; the longer ones first, literals in brackets.
_TOKEN = re.compile(
    r"\[([^\[\]]*)\]|LLLL|LLL|LL|LTS|LT|L|YYYY|YY|MMMM|MMM|MM|M|DDDD|DDD|Do|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|A|a|Z"
)
_LONG = {
    "LLLL": "dddd, MMMM D, YYYY h:mm A",
    "LLL": "MMMM D, YYYY h:mm A",
    "LL": "MMMM D, YYYY",
    "L": "MM/DD/YYYY",
    "LTS": "h:mm:ss A",
    "LT": "h:mm A",
}
_OFFSET = re.compile(r"(?:utc)?\s*([+-]?)\s*(\d{1,2})", re.IGNORECASE | re.ASCII)
_LONGEST_FORMAT = 200


def formatted(scene: MacroScene, layout: str) -> str:
    """Now in a layout of moment.js' tokens, such as `YYYY-MM-DD HH:mm`; empty without a now."""
    if scene.now is None or len(layout) > _LONGEST_FORMAT:
        return ""
    return _format(_aware(scene.now), layout)


def time_of_day(call: Call, scene: MacroScene) -> str | None:
    """`{{time}}`, or `{{time::UTC+2}}`."""
    return formatted(scene, "LT") if call.is_bare else time_of_zone(call, scene)


def time_of_zone(call: Call, scene: MacroScene) -> str:
    """`{{time_UTC+2}}`: the time of day so many hours from UTC; empty beyond fourteen."""
    found = _OFFSET.fullmatch(call.text)
    if scene.now is None or found is None or int(found[2]) > 14:
        return ""
    hours = int(found[2]) * (-1 if found[1] == "-" else 1)
    return _format(_aware(scene.now).astimezone(timezone(timedelta(hours=hours))), "LT")


def time_difference(call: Call, scene: MacroScene) -> str:
    """`{{timeDiff::a::b}}`: how long after b is a, in words; empty where they are no ISO dates."""
    try:
        first, second = (_aware(datetime.fromisoformat(option)) for option in call.options())
    except ValueError:
        return ""
    gap = first - second
    return f"in {_in_words(gap)}" if gap >= timedelta() else f"{_in_words(-gap)} ago"


def idle_duration(scene: MacroScene) -> str:
    """How long the user has been silent, in words."""
    return "just now" if scene.idle is None else _in_words(abs(scene.idle))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _format(moment: datetime, layout: str) -> str:
    values = _values(moment)

    def value(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        longer = _LONG.get(found[0])
        return _format(moment, longer) if longer else values[found[0]]

    return _TOKEN.sub(value, layout)


def _values(moment: datetime) -> dict[str, str]:
    day, hour = moment.timetuple().tm_yday, moment.hour % 12 or 12
    month, weekday = _MONTHS[moment.month - 1], _DAYS[moment.weekday()]
    offset = moment.strftime("%z") or "+0000"
    half = "AM" if moment.hour < 12 else "PM"
    return {
        **{"YYYY": f"{moment.year:04}", "YY": f"{moment.year % 100:02}"},
        **{"MMMM": month, "MMM": month[:3], "MM": f"{moment.month:02}", "M": str(moment.month)},
        **{"DDDD": f"{day:03}", "DDD": str(day), "Do": _ordinal(moment.day)},
        **{"DD": f"{moment.day:02}", "D": str(moment.day), "dddd": weekday, "ddd": weekday[:3]},
        **{"HH": f"{moment.hour:02}", "H": str(moment.hour), "hh": f"{hour:02}", "h": str(hour)},
        **{"mm": f"{moment.minute:02}", "m": str(moment.minute)},
        **{"ss": f"{moment.second:02}", "s": str(moment.second)},
        **{"A": half, "a": half.lower(), "Z": f"{offset[:3]}:{offset[3:5]}"},
    }


def _ordinal(day: int) -> str:
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _in_words(gap: timedelta) -> str:
    """The largest unit that fits, rounded."""
    seconds = gap.total_seconds()
    if seconds < 45:
        return "a few seconds"
    for unit, length, most in _UNITS:
        count = max(1, round(seconds / length))
        if count < most:
            return _counted(count, unit)
    return _counted(round(seconds / (365 * 86400)), "year")


_UNITS = (("minute", 60, 45), ("hour", 3600, 22), ("day", 86400, 26), ("month", 30.44 * 86400, 11))
"""Name, seconds, and from how many on the next larger unit is used."""


def _counted(count: int, unit: str) -> str:
    if count > 1:
        return f"{count} {unit}s"
    return "an hour" if unit == "hour" else f"a {unit}"
