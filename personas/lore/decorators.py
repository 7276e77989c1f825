"""Decorators: leading lines of an entry's content that say when and where it stands (Character Card V3).

`@@name value` is one; `@@@name value` below it is tried where the one above is not understood. What is not
understood at all has no effect. None of the lines is part of the content.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import dropwhile, takewhile
from typing import TypeAlias

__all__ = ["Decorators", "parse_decorators"]

_Value: TypeAlias = int | str | tuple[str, ...]
_LINE = re.compile(r"(@{2,})([a-z0-9_]+)(?:[ \t]+(.*))?", re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d{1,9}")
_POSITIONS = frozenset({"after_desc", "before_desc", "personality", "scenario"})
_REPEATABLE = frozenset({"additional_keys", "exclude_keys", "exclude_keys_all"})


def _whole(value: str) -> int | None:
    return int(value) if _WHOLE.fullmatch(value) else None


def _positive(value: str) -> int | None:
    return number if (number := _whole(value)) is not None and number > 0 else None


def _flag(value: str) -> int | None:
    return 1


def _words(value: str) -> tuple[str, ...] | None:
    return tuple(word.strip() for word in value.split(",") if word.strip()) or None


def _name(value: str) -> str | None:
    return value or None


def _role(value: str) -> str | None:
    return value.lower() if value.lower() in {"assistant", "system", "user"} else None


def _position(value: str) -> str | None:
    return value if value in _POSITIONS else None


def _any_position(value: str) -> str | None:
    return value if value in _POSITIONS or value.startswith("pt_") else None


def _interface_prompt(value: str) -> str | None:
    return value if value in {"post_history_instructions", "system_prompt"} else None


_Read: TypeAlias = Callable[[str], _Value | None]
_V3: Mapping[str, _Read] = {
    "activate_only_after": _whole,
    "activate_only_every": _positive,
    "keep_activate_after_match": _flag,
    "dont_activate_after_match": _flag,
    "depth": _whole,
    "reverse_depth": _whole,
    "role": _role,
    "scan_depth": _whole,
    "is_greeting": _whole,
    "position": _position,
    "additional_keys": _words,
    "exclude_keys": _words,
    "is_user_icon": _name,
    "ignore_on_max_context": _flag,
    "activate": _flag,
    "dont_activate": _flag,
    # Understood, so that its fallback stays out, and without effect: our rules are no card's to switch off.
    "disable_ui_prompt": _interface_prompt,
}
"""`instruct_*` is missing on purpose: it counts tokens of a plain text, and here all models chat."""
_RISUAI: Mapping[str, _Read] = {
    **{name: read for name, read in _V3.items() if name != "is_user_icon"},
    "position": _any_position,
    "end": _flag,
    "exclude_keys_all": _words,
    "match_full_word": _flag,
    "match_partial_word": _flag,
    "probability": _whole,
    "priority": _whole,
    "recursive": _flag,
    "unrecursive": _flag,
    "no_recursive_search": _flag,
}
"""Its `inject_*` is missing: it writes into other entries and into the card, which are not an entry's to change."""


@dataclass(frozen=True, slots=True)
class Decorators:
    """What an entry's decorators say, by name."""

    values: Mapping[str, _Value] = field(default_factory=dict)
    lists: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Those that may stand several times."""

    def has(self, name: str) -> bool:
        """Whether it stands there."""
        return name in self.values

    def number(self, name: str) -> int | None:
        """Return its number, or None."""
        value = self.values.get(name)
        return value if isinstance(value, int) else None

    def word(self, name: str) -> str:
        """Return its word; empty where there is none."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def all_of(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Return the lists of one that may stand several times."""
        return self.lists.get(name, ())


def parse_decorators(content: str, *, extra: bool = False) -> tuple[Decorators, str]:
    """Return an entry's decorators and its content without them; `extra` knows RisuAI's too."""
    known = _RISUAI if extra else _V3
    lines = content.split("\n")
    head = [said for line in takewhile(_is_head, lines) if (said := _LINE.fullmatch(line.strip()))]
    if not head:
        return Decorators(), content
    values: dict[str, _Value] = {}
    lists: dict[str, list[tuple[str, ...]]] = {}
    for name, value in _understood(head, known):
        if name in _REPEATABLE and isinstance(value, tuple):
            lists.setdefault(name, []).append(value)
        else:
            values.setdefault(name, value)
    rest = dropwhile(_is_head, lines)
    return Decorators(values, {name: tuple(found) for name, found in lists.items()}), "\n".join(rest).strip("\r\n")


def _is_head(line: str) -> bool:
    return not line.strip() or _LINE.fullmatch(line.strip()) is not None


def _understood(head: Iterable[re.Match[str]], known: Mapping[str, _Read]) -> Iterator[tuple[str, _Value]]:
    """Yield the lines that are understood; a fallback only where nothing above it was."""
    done = False
    for marks, name, text in (said.groups() for said in head):
        if len(marks) > 2 and done:
            continue
        read = known.get(name.lower())
        value = read((text or "").strip()) if read else None
        done = value is not None
        if value is not None:
            yield name.lower(), value
