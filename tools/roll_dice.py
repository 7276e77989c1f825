"""roll_dice: chance, decided by dice and not by the model."""

import random
import re

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field

__all__ = ["create_roll_dice_tool"]

_DICE = re.compile(r"(?P<count>\d{0,3})d(?P<sides>\d{1,4})(?P<plus>[+-]\d{1,4})?", re.IGNORECASE)
_MAX_DICE = 100


class _Arguments(BaseModel):
    dice: str = Field(description="dice to roll, such as d20, 2d6 or 3d8+2")


def create_roll_dice_tool(*, name: str = "roll_dice", seed: int | None = None) -> BaseTool:
    """A tool that rolls dice in the notation NdS±K.

    Args:
        name: what the model calls it.
        seed: makes the rolls repeatable.
    """
    chance = random.Random(seed)

    def roll_dice(dice: str) -> str:
        notation = _DICE.fullmatch(dice.replace(" ", ""))
        count, sides = (int(notation["count"] or 1), int(notation["sides"])) if notation else (0, 0)
        if not (notation and 1 <= count <= _MAX_DICE and sides >= 2):
            raise ToolException(f"{dice!r} is not dice notation: write for example d20, 2d6 or 3d8+2")
        rolls = [chance.randint(1, sides) for _ in range(count)]
        total = sum(rolls) + int(notation["plus"] or 0)
        return f"{dice}: {total} (rolled {', '.join(map(str, rolls))})"

    return StructuredTool.from_function(
        roll_dice, name=name, description="Roll dice when chance decides something.", args_schema=_Arguments
    )
