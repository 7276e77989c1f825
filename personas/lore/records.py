"""What goes into the lore engine and what comes out of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = [
    "ActivatedEntry",
    "CountTokens",
    "LeftOut",
    "LoreOutcome",
    "LorePlace",
    "LoreScan",
    "LoreState",
    "Role",
    "ScannedMessage",
]

LoreState: TypeAlias = dict[str, dict[str, Any]]
"""What lasts beyond a turn (sticky, cooldown, after-match), by the entry's uid: plain JSON, kept in graph state."""

Role = Literal["system", "user", "assistant"]
LorePlace = Literal[
    "before_char",
    "after_char",
    "personality",
    "scenario",
    "before_examples",
    "after_examples",
    "before_note",
    "after_note",
    "at_depth",
    "outlet",
]
"""Where an entry stands. The notes are what the card's author wants said after the history."""


@dataclass(frozen=True, slots=True)
class ScannedMessage:
    """A message as keys are looked for in it."""

    role: Literal["user", "assistant"]
    name: str
    """Who says it."""
    text: str


@dataclass(frozen=True, kw_only=True)
class LoreScan:
    """What a conversation offers to match against, at one turn."""

    messages: Sequence[ScannedMessage]
    """The newest of the conversation on this branch, `Lore.depth` of them or more, oldest first, without the greeting;
    `branch` says how long the conversation is."""
    char: str
    user: str
    branch: Sequence[str] = ()
    """A key for each message ever spoken (`memory.branch_keys`), which begins with `h` for the user's and with `a` for
    the character's: longer than `messages` where those are not all, and they end together. What fired at a key that is
    not here any more never fired. Empty: `messages` are all there are."""
    greeting: int | None = None
    """Number of the active greeting: 0 is `first_mes`. None: there is none."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Further texts that entries may ask to be matched against: `user_persona`, `description`, `personality`,
    `scenario`, `creator_notes`, `depth_prompt`."""
    found: Mapping[str, float] = field(default_factory=dict)
    """Uids of entries that were found by meaning, with their scores."""
    opening: str = ""
    """The text of the active greeting, macros filled in: searched as the message before the first, for the dialects
    where the greeting is a message."""
    trigger: Literal["normal", "continue"] = "normal"
    """What kind of turn this is: a message is answered, or the last one, which is the character's, is carried on. A
    swipe asks for an answer like any other turn."""

    @property
    def length(self) -> int:
        """Messages ever spoken."""
        return max(len(self.branch), len(self.messages))

    @property
    def replies(self) -> int:
        """Messages that the character ever spoke."""
        earlier = self.branch[: max(len(self.branch) - len(self.messages), 0)]
        spoken = sum(message.role == "assistant" for message in self.messages)
        return spoken + sum(key.startswith("a") for key in earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivatedEntry:
    """An entry that belongs into the prompt, and why."""

    uid: str
    """The same as long as the entry is: book and id, or a hash of its content."""
    name: str
    """What a report calls it: its name, comment or first key."""
    text: str
    """Its content without decorators; macros untouched."""
    place: LorePlace
    depth: int = 0
    """Messages from the newest that it stands before, at `at_depth`; 0 is after the last."""
    role: Role = "system"
    outlet: str = ""
    constant: bool = False
    """Whether it stands in every prompt, so that it may stand in the part that never changes."""
    order: float = 0
    """Lower stands higher in the prompt."""
    priority: float = 0
    """Lower is left out first."""
    first_out: bool = False
    """Whether it goes before all others when the prompt is full (`@@ignore_on_max_context`)."""
    key: str = ""
    """The key that matched; empty where none was needed."""
    why: str = ""
    """One phrase, such as `key 'violin' in the last message`."""
    book: str = ""
    """Name of its book; empty where that has none."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry that was called for and is not in the prompt."""

    uid: str
    name: str
    why: str
    """What called for it, where that is known, and what kept it out."""
    key: str = ""
    """The key that matched; empty where none was needed."""
    book: str = ""
    """Name of its book; empty where that has none."""


@dataclass(frozen=True, slots=True)
class LoreOutcome:
    """What a turn's lore is: entries in the order of the prompt, what was left out, and the state for the next turn."""

    entries: tuple[ActivatedEntry, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    state: LoreState = field(default_factory=dict)


CountTokens: TypeAlias = Callable[[str], int]
"""Tokens of a text, for the model in use."""
