"""The macros that are known, by name: those of Character Card V3, and the common ones of SillyTavern."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import regex

from langgraph_roleplay.personas.macros import chance, clock
from langgraph_roleplay.personas.macros.calls import Call
from langgraph_roleplay.personas.macros.scene import MacroScene

__all__ = ["IN_PROMPTS", "IN_SCANS", "NAMES", "TRIM", "Macro"]

Macro: TypeAlias = Callable[[Call, MacroScene], str | None]
"""Gives the text in place of a macro, or None where it is not written as the macro is."""


def _plain(value: Callable[[MacroScene], str]) -> Macro:
    """A macro that is given nothing."""
    return lambda call, scene: value(scene) if call.is_bare else None


def _given(macro: Macro) -> Macro:
    """A macro that is given something behind a colon."""
    return lambda call, scene: macro(call, scene) if call.separator.strip() else None


def _gone(call: Call, scene: MacroScene) -> str:
    return ""


def _shown(call: Call, scene: MacroScene) -> str:
    return call.text


def _reversed(call: Call, scene: MacroScene) -> str:
    """By what a person sees as a character, so that an accent stays on its letter."""
    return "".join(reversed(regex.findall(r"\X", call.text)))


TRIM: Macro = _plain(lambda scene: "")
"""The line breaks around it go with it, which is for whoever puts the text together."""


def _present(scene: MacroScene) -> str:
    return ", ".join(scene.group) or scene.char


NAMES: Mapping[str, Macro] = {
    "//": _gone,
    "bot": _plain(lambda scene: scene.char),
    "char": _plain(lambda scene: scene.char),
    "user": _plain(lambda scene: scene.user),
}
"""Those of Character Card V1, and comments."""

_TEXTS: Mapping[str, Macro] = {
    "charifnotgroup": _plain(_present),
    "description": _plain(lambda scene: scene.description),
    "group": _plain(_present),
    "groupnotmuted": _plain(_present),
    "lastcharmessage": _plain(lambda scene: scene.last_char_message),
    "lastmessage": _plain(lambda scene: scene.last_message),
    "lastusermessage": _plain(lambda scene: scene.last_user_message),
    "mesexamples": _plain(lambda scene: scene.examples),
    "newline": _plain(lambda scene: "\n"),
    "noop": _plain(lambda scene: ""),
    "original": _plain(lambda scene: scene.original),
    "outlet": _given(lambda call, scene: scene.outlets.get(call.text, "")),
    "persona": _plain(lambda scene: scene.persona),
    "personality": _plain(lambda scene: scene.personality),
    "scenario": _plain(lambda scene: scene.scenario),
    "trim": TRIM,
}
_CHANCES: Mapping[str, Macro] = {
    "pick": _given(chance.pick),
    "random": _given(chance.pick_anew),
    "reverse": _given(_reversed),
    "roll": lambda call, scene: chance.roll(call, scene) if call.separator else None,
}
_TIMES: Mapping[str, Macro] = {
    "date": _plain(lambda scene: clock.formatted(scene, "LL")),
    "datetimeformat": lambda call, scene: clock.formatted(scene, call.text) if call.separator else None,
    "idleduration": _plain(clock.idle_duration),
    "isodate": _plain(lambda scene: clock.formatted(scene, "YYYY-MM-DD")),
    "isotime": _plain(lambda scene: clock.formatted(scene, "HH:mm")),
    "time": clock.time_of_day,
    "timediff": _given(clock.time_difference),
    "timeutc": clock.time_of_zone,
    "weekday": _plain(lambda scene: clock.formatted(scene, "dddd")),
}
# What there is nothing for: variables (no text remembers another), settings of a sampler, other programs' prompts,
# and the creator's notes, which never reach a model.
_VANISHING = (
    *("setvar", "addvar", "incvar", "decvar", "getvar", "setglobalvar", "addglobalvar", "incglobalvar"),
    *("decglobalvar", "getglobalvar", "banned", "bias", "comment", "hiddenkey", "input", "summary"),
    *("charprompt", "charinstruction", "charjailbreak", "charcreatornotes", "creatornotes"),
)

IN_PROMPTS: Mapping[str, Macro] = {**NAMES, **_TEXTS, **_CHANCES, **_TIMES, **dict.fromkeys(_VANISHING, _gone)}
"""All of them, as a model reads them."""

IN_SCANS: Mapping[str, Macro] = {**IN_PROMPTS, "hiddenkey": _shown}
"""All of them, as keys of lore are looked for in a text: a hidden key is found."""
