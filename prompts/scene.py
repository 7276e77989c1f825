"""What a turn has gathered for its prompt."""

from collections.abc import Sequence
from dataclasses import dataclass

from langgraph_roleplay.prompts.sections import Piece
from langgraph_roleplay.state import PlanNote

__all__ = ["ORIGINAL", "Scene"]

ORIGINAL = "{{original}}"
"""Where a card's instructions name our own."""


@dataclass(frozen=True)
class Scene:
    """What a turn has gathered for its prompt; texts are ready to be shown, macros filled in."""

    char: str
    user: str
    language: str
    """BCP 47 tag of the reply's language."""
    description: str
    personality: str = ""
    scenario: str = ""
    user_description: str = ""
    """Who the user is in the story."""
    system_prompt: str = ""
    """What the card's author wants the model to be told first; may hold `{{original}}`."""
    post_history: str = ""
    """What the card's author wants the model to be told last; may hold `{{original}}`."""
    trusted: bool = False
    """Whether the operator lets this card give instructions; else both are quoted as a wish."""
    greeting: str = ""
    examples: Sequence[tuple[tuple[str, str], ...]] = ()
    """Example dialogues, each a row of `(speaker role, text)` with the roles `user` and `char`."""
    lore: Sequence[Piece] = ()
    memories: Sequence[Piece] = ()
    passages: Sequence[Piece] = ()
    """From documents of the character."""
    left_out: Sequence[Piece] = ()
    """Lore that was called for and left out before it came here: `why` says the reason."""
    plan: PlanNote | None = None
    unseen: Sequence[str] = ()
    """Kinds of what came with the user's message and is not words."""
    minor: bool = False
    """Whether the character is a child."""
