"""Where an entry stands in the prompt."""

from collections.abc import Sequence
from dataclasses import dataclass

from langgraph_roleplay.personas.card import LoreEntry
from langgraph_roleplay.personas.lore.decorators import Decorators
from langgraph_roleplay.personas.lore.reading import number_of, text_of, whole_of
from langgraph_roleplay.personas.lore.records import LorePlace, Role

__all__ = ["Spot", "read_spot"]

_DEFAULT_DEPTH = 4
_BY_NUMBER: Sequence[LorePlace] = (
    "before_char",
    "after_char",
    "before_note",
    "after_note",
    "at_depth",
    "before_examples",
    "after_examples",
    "outlet",
)
"""SillyTavern's positions."""
_LONGEST_OUTLET = 100
_ROLES: Sequence[Role] = ("system", "user", "assistant")
_BY_DECORATOR: dict[str, LorePlace] = {
    "after_desc": "after_char",
    "before_desc": "before_char",
    "personality": "personality",
    "scenario": "scenario",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, and what belongs to it."""

    place: LorePlace = "after_char"
    depth: int = 0
    from_oldest: bool = False
    """Whether `depth` is counted from the first message on."""
    role: Role = "system"
    outlet: str = ""

    def depth_in(self, messages: int) -> int:
        """Return the messages that stand after it, of so many."""
        depth = messages - self.depth if self.from_oldest else self.depth
        return max(0, min(depth, messages))


def read_spot(entry: LoreEntry, decorators: Decorators) -> Spot:
    """Read where an entry stands: decorators first, then what SillyTavern notes, then the field of the spec."""
    return _decorated(decorators) or _noted(entry, decorators)


def _decorated(decorators: Decorators) -> Spot | None:
    role = _role(decorators.word("role"))
    position = decorators.word("position")
    if position:
        outlet = "" if position in _BY_DECORATOR else position[:_LONGEST_OUTLET]
        return Spot(_BY_DECORATOR.get(position, "outlet"), role=role or "system", outlet=outlet)
    if decorators.has("end"):
        return Spot("at_depth", role=role or "system")
    for name in ("depth", "reverse_depth"):
        depth = decorators.number(name)
        if depth is not None:
            return Spot("at_depth", max(depth, 0), name == "reverse_depth" and depth > 0, role or "system")
    return None


def _noted(entry: LoreEntry, decorators: Decorators) -> Spot:
    noted = whole_of(entry.extensions, "position")
    if noted is None and isinstance(entry.position, int):
        noted = entry.position
    said = _role(decorators.word("role"))
    if noted is None and said and not entry.position:
        # Only messages have roles, so an entry that names one and no place stands among them.
        return Spot("at_depth", _DEFAULT_DEPTH, role=said)
    if noted is None or not 0 <= noted < len(_BY_NUMBER):
        return Spot("before_char" if entry.position == "before_char" else "after_char")
    place = _BY_NUMBER[noted]
    depth = whole_of(entry.extensions, "depth") if place == "at_depth" else 0
    number = number_of(entry.extensions, "role")
    role = said or (_ROLES[int(number)] if number in {0, 1, 2} else None)
    return Spot(
        place,
        _DEFAULT_DEPTH if depth is None else depth,
        role=(role if place == "at_depth" else None) or "system",
        outlet=text_of(entry.extensions, "outlet_name")[:_LONGEST_OUTLET] if place == "outlet" else "",
    )


def _role(word: str) -> Role | None:
    return next((role for role in _ROLES if role == word), None)
