"""Tools: what a character can do, and what it is told when it can't."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.tools import ToolException

from langgraph_roleplay import tools
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings
from langgraph_roleplay.tools import create_roll_dice_tool, create_tell_time_tool

FOR_HOSTS = {"search_cast"}


def test_every_file_here_is_a_tool_that_characters_have_but_for_those_that_hosts_give_out():
    files = {file.stem for file in Path(tools.__file__).parent.glob("*.py")} - {"__init__"}
    assert {name.removeprefix("create_").removesuffix("_tool") for name in tools.__all__} == files
    assert {tool.name for tool in Resources(settings=Settings()).tools} == files - FOR_HOSTS


@given(st.integers(1, 100), st.integers(2, 1000), st.integers(-99, 99))
def test_dice_fall_within_their_bounds(count, sides, plus):
    told = create_roll_dice_tool().invoke({"dice": f"{count}d{sides}{plus:+}"})
    total, rolls = told.split(": ")[1].split(" (rolled ")
    values = [int(roll) for roll in rolls.rstrip(")").split(", ")]
    assert len(values) == count
    assert all(1 <= value <= sides for value in values)
    assert int(total) == sum(values) + plus


def test_a_seed_makes_the_dice_repeatable():
    first, second = (create_roll_dice_tool(seed=7).invoke({"dice": "5d20"}) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("dice", ["", "dice", "0d6", "2d1", "101d6", "d", "2d6+", "1d99999", "d6; import os"])
def test_what_is_not_dice_notation_is_explained(dice):
    with pytest.raises(ToolException, match="dice notation"):
        create_roll_dice_tool().invoke({"dice": dice})


def test_time_is_told_from_the_clock_in_the_zone_that_was_asked_for():
    clock = lambda zone: datetime(1889, 9, 3, 21, 5, tzinfo=zone)  # noqa: E731 - a clock that stands still
    tool = create_tell_time_tool(clock=clock)
    assert tool.invoke({}) == "Tuesday, 03 September 1889, 21:05"
    assert tool.invoke({"zone": "Europe/London"}).endswith("21:05 in Europe/London")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "nowhere"])
def test_a_time_zone_that_does_not_exist_is_explained(zone):
    with pytest.raises(ToolException, match="no time zone"):
        create_tell_time_tool().invoke({"zone": zone})
