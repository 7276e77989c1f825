"""Whether an entry is called for, and by what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from langgraph_roleplay.personas.lore.entries import CompiledEntry
from langgraph_roleplay.personas.lore.gates import Scene
from langgraph_roleplay.personas.lore.hits import Hits, Place, say_place
from langgraph_roleplay.personas.lore.keys import Key
from langgraph_roleplay.personas.lore.records import LoreScan
from langgraph_roleplay.personas.lore.timed import Past

__all__ = ["Asker", "Call"]


@dataclass(frozen=True, slots=True)
class Call:
    """An entry that is called for."""

    entry: CompiledEntry
    why: str
    key: str = ""
    score: int = 0
    """Keys that were found, for groups."""
    age: int = 0
    """Messages since its key was said."""
    sticky: bool = False
    """Whether it is on because it fired before."""
    refused: str = ""
    """Why it stays out all the same; empty where nothing is against it."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the entries at one turn."""

    scan: LoreScan
    scene: Scene
    hits: Hits
    past: Past
    keys: Sequence[Key]

    def ask(self, entry: CompiledEntry) -> Call | None:
        """Return the call for an entry, or None where nothing calls for it or its gate is closed."""
        if not entry.gate.lets_in(self.scene):
            return None
        age = self._age(entry)
        call = self._call(entry, age)
        refusal = self._refusal(entry, age) if call and not call.refused else ""
        return replace(call, refused=refusal) if call and refusal else call

    def is_on(self, entry: CompiledEntry) -> bool:
        """Whether an entry is on because it fired before."""
        age = self._age(entry)
        return age is not None and entry.timing.holds(age)

    def _age(self, entry: CompiledEntry) -> int | None:
        return self.past.age(entry.uid, entry.digest) if entry.timing.lasts else None

    def _call(self, entry: CompiledEntry, age: int | None) -> Call | None:
        if entry.forced is not None:
            return Call(entry, "turned on by its decorator") if entry.forced else None
        sticky = age is not None and entry.timing.holds(age)
        if entry.constant:
            return Call(entry, "always", sticky=sticky)
        if sticky:
            return Call(entry, f"still on: it fired {age} messages ago", sticky=True)
        if entry.uid in self.scan.found:
            return Call(entry, f"found by meaning ({self.scan.found[entry.uid]:.2f})")
        return self._call_by_keys(entry)

    def _call_by_keys(self, entry: CompiledEntry) -> Call | None:
        ring = entry.keys
        primary = self._found(ring.primary, entry)
        if not primary:
            return self._trouble(entry)
        secondary = self._found(ring.secondary, entry)
        if not (self._is_satisfied(entry, len(secondary)) and self._is_allowed(entry)):
            return None
        number, place = primary[0]
        beside = f" with {self._say(*secondary[0])}" if secondary else ""
        age = place if isinstance(place, int) else self.scan.length
        why = f"key {self._say(number, place)}{beside}"
        return Call(entry, why, self.keys[number].label, len(primary) + len(secondary), age)

    def _say(self, number: int, place: Place) -> str:
        return f"{self.keys[number].label!r} in {say_place(place)}"

    def _is_satisfied(self, entry: CompiledEntry, found: int) -> bool:
        wanted = len(entry.keys.secondary)
        if wanted == 0:
            return True
        return {
            "and_any": found > 0,
            "and_all": found == wanted,
            "not_any": found == 0,
            "not_all": found < wanted,
        }[entry.keys.logic]

    def _is_allowed(self, entry: CompiledEntry) -> bool:
        ring = entry.keys
        return (
            all(self._found(group, entry) for group in ring.additional)
            and not self._found(ring.excluded, entry)
            and not any(len(self._found(group, entry)) == len(group) for group in ring.excluded_together)
        )

    def _found(self, numbers: Sequence[int], entry: CompiledEntry) -> list[tuple[int, Place]]:
        places = ((number, self.hits.place(number, entry)) for number in numbers)
        return [(number, place) for number, place in places if place is not None]

    def _trouble(self, entry: CompiledEntry) -> Call | None:
        troubles = (self.hits.trouble(number) for number in entry.keys.primary)
        trouble = next((trouble for trouble in troubles if trouble), "")
        return Call(entry, "", refused=trouble) if trouble else None

    def _refusal(self, entry: CompiledEntry, age: int | None) -> str:
        messages = self.scan.length + (self.scene.greeted if entry.gate.counts_greeting else 0)
        if entry.timing.delay > messages:
            return f"waits until there are {entry.timing.delay} messages"
        if age is not None and entry.timing.rests(age):
            return f"rests: it fired {age} messages ago"
        return ""
