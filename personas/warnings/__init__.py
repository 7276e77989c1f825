"""What a person should know of a card before talking to it: precise rather than complete."""

from langgraph_roleplay.personas.warnings.finding import find_flags, flags
from langgraph_roleplay.personas.warnings.flag import Flag

__all__ = ["Flag", "find_flags", "flags"]
