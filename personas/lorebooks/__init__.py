"""Stand-alone lorebooks: every format that is met in the wild, read into one shape and written back."""

from langgraph_roleplay.personas.lorebooks.dialects import Dialect, dialect_of
from langgraph_roleplay.personas.lorebooks.files import Form, load_lorebook, looks_like_lorebook, save_lorebook

__all__ = ["Dialect", "Form", "dialect_of", "load_lorebook", "looks_like_lorebook", "save_lorebook"]
