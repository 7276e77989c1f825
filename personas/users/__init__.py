"""Who the user can be in a story, several for one person: kept, changed, brought back, brought along."""

from langgraph_roleplay.personas.users.library import UserLibrary
from langgraph_roleplay.personas.users.moving import Arrival, read_export
from langgraph_roleplay.personas.users.persona import UserPersona

__all__ = ["Arrival", "UserLibrary", "UserPersona", "read_export"]
