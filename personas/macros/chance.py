"""Dice and choices, the same for the same seed."""

import random
import re

from langgraph_roleplay.personas.macros.calls import Call
from langgraph_roleplay.personas.macros.scene import MacroScene

__all__ = ["pick", "pick_anew", "roll"]

_DICE = re.compile(r"(?:(\d{0,3})d)?(\d{1,6})([+-]\d{1,6})?", re.IGNORECASE | re.ASCII)
_MOST_DICE = 100


def pick(call: Call, scene: MacroScene) -> str:
    """One of the options: always the same in a conversation."""
    return _source(call, scene.seed).choice(call.options())


def pick_anew(call: Call, scene: MacroScene) -> str:
    """One of the options: another from turn to turn, if the scene has a turn."""
    return _source(call, scene.seed, scene.turn).choice(call.options())


def roll(call: Call, scene: MacroScene) -> str:
    """Throw the dice `20`, `d20` or `2d6+3`; more than 100 of them or more than 999,999 sides are none at all."""
    dice = _DICE.fullmatch("".join(call.text.split()))
    if dice is None:
        return ""
    count, sides, bonus = int(dice[1] or 1), int(dice[2]), int(dice[3] or 0)
    if not (1 <= count <= _MOST_DICE and sides >= 1):
        return ""
    source = _source(call, scene.seed, scene.turn)
    return str(sum(source.randint(1, sides) for _ in range(count)) + bonus)


def _source(call: Call, *seeds: str) -> random.Random:
    return random.Random("\0".join((call.digest, str(call.offset), *seeds)))
