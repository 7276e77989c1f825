"""What a character can do: one tool a file, made by a factory."""

from langgraph_roleplay.tools.roll_dice import create_roll_dice_tool
from langgraph_roleplay.tools.search_cast import create_search_cast_tool
from langgraph_roleplay.tools.search_memory import create_search_memory_tool
from langgraph_roleplay.tools.tell_time import create_tell_time_tool

__all__ = ["create_roll_dice_tool", "create_search_cast_tool", "create_search_memory_tool", "create_tell_time_tool"]
