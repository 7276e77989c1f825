"""What macros may tell of a conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

__all__ = ["MacroScene"]


@dataclass(frozen=True, kw_only=True)
class MacroScene:
    """The values that macros stand for. Texts are put in as they are: macros in them are not expanded.

    A text that stands in the part of the prompt that never changes needs a scene that never changes: give it the
    conversation's seed, no turn, and a `now` that is fixed for the conversation.
    """

    char: str
    user: str
    persona: str = ""
    """Who the user is in the story."""
    description: str = ""
    personality: str = ""
    scenario: str = ""
    examples: str = ""
    """Example dialogue of the card."""
    original: str = ""
    """The text of ours that a card's own instructions stand in for."""
    last_message: str = ""
    last_user_message: str = ""
    last_char_message: str = ""
    group: Sequence[str] = ()
    """Names of the characters in a group; empty where there is one character."""
    outlets: Mapping[str, str] = field(default_factory=dict)
    """Lore that asks to be put where the outlet of its name stands."""
    now: datetime | None = None
    """Without a time zone it is UTC; None makes the macros of time vanish."""
    idle: timedelta | None = None
    """Since the user's last message; None if there was none."""
    seed: str = ""
    """What dice and choices depend on: the conversation's id."""
    turn: str = ""
    """What `random` and `roll` depend on as well, where they are to differ from turn to turn; `pick` never does."""
