"""What must hold before an entry's keys are asked at all."""

from dataclasses import dataclass
from functools import cached_property

from langgraph_roleplay.personas.card import LoreEntry
from langgraph_roleplay.personas.lore.decorators import Decorators
from langgraph_roleplay.personas.lore.reading import flag_of, mapping_of, texts_of
from langgraph_roleplay.personas.lore.records import LoreScan
from langgraph_roleplay.personas.lore.text import clean

__all__ = ["Gate", "Scene", "read_gate"]

_TRIGGERS = frozenset({"continue", "normal"})
"""The kinds of turn that can be told apart."""


@dataclass(frozen=True)
class Scene:
    """What gates ask of a conversation."""

    scan: LoreScan

    @cached_property
    def replies(self) -> int:
        """Messages of the character, without the greeting."""
        return self.scan.replies

    @property
    def greeted(self) -> int:
        """1 where a greeting stands before the messages."""
        return 0 if self.scan.greeting is None else 1

    @cached_property
    def char(self) -> str:
        """The character's name, as it is compared."""
        return _compared(self.scan.char)

    @cached_property
    def user_icon(self) -> str:
        """The user's picture, by its name; pictures are named after the user."""
        return _compared(self.scan.sources.get("user_icon", self.scan.user))


@dataclass(frozen=True, slots=True)
class Gate:
    """Conditions that no key can stand in for."""

    after_replies: int | None = None
    every_replies: int | None = None
    counts_greeting: bool = False
    greeting: int | None = None
    user_icon: str = ""
    triggers: frozenset[str] = frozenset()
    characters: frozenset[str] = frozenset()
    not_for_them: bool = False

    def lets_in(self, scene: Scene) -> bool:
        """Whether an entry may be asked for here."""
        return (
            (self.greeting is None or self.greeting == scene.scan.greeting)
            and (not self.triggers or scene.scan.trigger in self.triggers)
            and (not self.characters or (scene.char in self.characters) != self.not_for_them)
            and (not self.user_icon or self.user_icon == scene.user_icon)
            and self._is_time(scene)
        )

    def _is_time(self, scene: Scene) -> bool:
        if self.after_replies is None and self.every_replies is None:
            return True
        replies = scene.replies + (scene.greeted if self.counts_greeting else 0)
        return replies >= (self.after_replies or 0) and replies % (self.every_replies or 1) == 0

    @property
    def is_shut(self) -> bool:
        """Whether it waits for kinds of turn that never come here: a swipe looks like any other turn."""
        return bool(self.triggers) and not self.triggers & _TRIGGERS

    @property
    def is_open(self) -> bool:
        """Whether it lets everyone in for as long as a conversation lasts."""
        return self.after_replies is None and self.every_replies is None and not (self.triggers or self.user_icon)


def read_gate(entry: LoreEntry, decorators: Decorators, *, counts_greeting: bool) -> Gate:
    """Read the conditions of an entry; tags of characters are not known here and are not asked for."""
    characters = mapping_of(entry.extensions, "character_filter")
    return Gate(
        after_replies=decorators.number("activate_only_after"),
        every_replies=decorators.number("activate_only_every"),
        counts_greeting=counts_greeting,
        greeting=decorators.number("is_greeting"),
        user_icon=_compared(decorators.word("is_user_icon")),
        triggers=frozenset(texts_of(entry.extensions, "triggers")),
        characters=frozenset(map(_compared, texts_of(characters, "names"))),
        not_for_them=flag_of(characters, "isExclude") is True,
    )


def _compared(name: str) -> str:
    return clean(name).strip().casefold()
