"""Macros of cards: `{{char}}`, `{{random:a,b}}` and their kin, put in once and never read again.

- One pass: what a macro turns into is never read as a macro, whatever it looks like.
- Only the macros of a list are known; any other, and braces that are not closed, stay as they are.
- Nothing is remembered from one text to the next: the macros that set variables vanish, those that read one are empty.
- The same text, scene and seed give the same result.
- Only text of cards and lorebooks is expanded, never what a user says or a memory holds.
"""

from langgraph_roleplay.personas.macros.expanding import expand, for_scan, substitute
from langgraph_roleplay.personas.macros.lasting import lasting_macros
from langgraph_roleplay.personas.macros.scene import MacroScene

__all__ = ["MacroScene", "expand", "for_scan", "lasting_macros", "substitute"]
