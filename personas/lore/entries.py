"""An entry as the engine reads it: the card's fields, other programs' fields and decorators, taken together."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from langgraph_roleplay.personas.card import LoreEntry
from langgraph_roleplay.personas.lore.decorators import Decorators, parse_decorators
from langgraph_roleplay.personas.lore.gates import Gate, read_gate
from langgraph_roleplay.personas.lore.groups import Membership, read_membership
from langgraph_roleplay.personas.lore.keys import Key, KeyRing, read_keys
from langgraph_roleplay.personas.lore.placing import Spot, read_spot
from langgraph_roleplay.personas.lore.profiles import Profile
from langgraph_roleplay.personas.lore.reading import flag_of, number_of, whole_of
from langgraph_roleplay.personas.lore.recursion import Recursion, read_recursion
from langgraph_roleplay.personas.lore.timed import Timing, read_timing

__all__ = ["BookRules", "CompiledEntry", "read_entry"]

_MAX_DEPTH = 1000
_SOURCES: Mapping[str, str] = {
    "match_persona_description": "user_persona",
    "match_character_description": "description",
    "match_character_personality": "personality",
    "match_character_depth_prompt": "depth_prompt",
    "match_scenario": "scenario",
    "match_creator_notes": "creator_notes",
}


@dataclass(frozen=True, slots=True)
class BookRules:
    """What a book says for all its entries."""

    book: int
    """Its place among the books."""
    name: str
    """What a report calls it; empty where nobody named it."""
    profile: Profile
    scan_depth: int
    recursive: bool
    whole_words: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledEntry:
    """An entry that could be in a prompt."""

    uid: str
    name: str
    content: str
    """Without decorators; macros untouched."""
    rules: BookRules
    index: int
    """Its place among all entries of all books."""
    digest: str
    """Changes when the entry is edited."""
    keys: KeyRing
    depth: int
    """Recent messages that its keys are looked for in."""
    sources: frozenset[str]
    """Further texts that its keys are looked for in."""
    constant: bool
    forced: bool | None
    """Turned on or off by decorators, whatever its keys."""
    vectorized: bool
    gate: Gate
    timing: Timing
    recursion: Recursion
    membership: Membership
    chance: float
    """0 to 1."""
    spot: Spot
    order: float
    priority: float
    """Who is paid for first; SillyTavern's books do not know it and have the order here."""
    first_out: bool
    ignores_budget: bool

    @property
    def is_steady(self) -> bool:
        """Whether it is in every prompt of a conversation, as far as the entry itself goes."""
        timing = self.timing
        return (
            self.constant
            and self.forced is not False
            and self.chance >= 1
            and not self.membership.groups
            and not (timing.delay or timing.cooldown or timing.once or self.recursion.level)
            and self.gate.is_open
            and not self.spot.from_oldest
        )


def read_entry(
    entry: LoreEntry, rules: BookRules, *, uid: str, index: int, number: Callable[[Key], int]
) -> CompiledEntry | None:
    """Read one entry, or return None where it can never be in a prompt: disabled, or without content."""
    profile, fields = rules.profile, entry.extensions
    decorators, content = parse_decorators(entry.content, extra=profile.extra_decorators)
    if not entry.enabled or not content.strip():
        return None
    order = entry.insertion_order
    return CompiledEntry(
        uid=uid,
        name=_name(entry),
        content=content,
        rules=rules,
        index=index,
        digest=digest_of(entry),
        keys=read_keys(entry, decorators, profile, whole_words=rules.whole_words, number=number),
        depth=_depth(entry, decorators, rules),
        sources=frozenset(source for name, source in _SOURCES.items() if flag_of(fields, name)),
        constant=entry.constant and not (entry.use_regex and profile.regex_stands_alone),
        forced=_forced(decorators),
        vectorized=flag_of(fields, "vectorized") is True,
        gate=read_gate(entry, decorators, counts_greeting=profile.counts_greeting),
        timing=read_timing(entry, decorators),
        recursion=read_recursion(entry, decorators, recursive=rules.recursive),
        membership=read_membership(entry),
        chance=_chance(entry, decorators),
        spot=read_spot(entry, decorators),
        order=order,
        priority=_priority(entry, decorators, profile),
        first_out=decorators.has("ignore_on_max_context"),
        ignores_budget=flag_of(fields, "ignore_budget") is True,
    )


def digest_of(entry: LoreEntry) -> str:
    """Return twelve hex digits that change when an entry's keys or content do."""
    said = json.dumps([entry.keys, entry.secondary_keys, entry.content, entry.name, entry.comment])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _name(entry: LoreEntry) -> str:
    names = (entry.name, entry.comment, *entry.keys, entry.content)
    return next((" ".join(name.split())[:80] for name in names if name.strip()), "")


def _depth(entry: LoreEntry, decorators: Decorators, rules: BookRules) -> int:
    for depth in (decorators.number("scan_depth"), whole_of(entry.extensions, "scan_depth"), rules.scan_depth):
        if depth is not None and depth >= 0:
            return min(depth, _MAX_DEPTH)
    return 0


def _forced(decorators: Decorators) -> bool | None:
    if decorators.has("activate"):
        return True
    return False if decorators.has("dont_activate") else None


def _chance(entry: LoreEntry, decorators: Decorators) -> float:
    percent = decorators.number("probability")
    asked = flag_of(entry.extensions, "useProbability") is not False
    chance = number_of(entry.extensions, "probability") if percent is None and asked else percent
    return 1 if chance is None else min(max(chance / 100, 0), 1)


def _priority(entry: LoreEntry, decorators: Decorators, profile: Profile) -> float:
    said = decorators.number("priority")
    if said is None and profile.picks_by_priority:
        said_by_card = entry.priority
        return entry.insertion_order if said_by_card is None else said_by_card
    return entry.insertion_order if said is None else said
