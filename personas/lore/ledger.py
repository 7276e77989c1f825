"""Who gets into the prompt, who pays for it, and who stays out."""

import math
from collections.abc import Iterable, Iterator, Sequence

from langgraph_roleplay.personas.lore.asking import Call
from langgraph_roleplay.personas.lore.budget import Purse, limit_of
from langgraph_roleplay.personas.lore.entries import CompiledEntry
from langgraph_roleplay.personas.lore.lore import Lore
from langgraph_roleplay.personas.lore.records import CountTokens, LeftOut

__all__ = ["Ledger", "pick_order"]

_FULL = "the lorebook's budget is spent"
_NO_ROOM = "the prompt has no room for more lore"
_MOST = 300
"""Entries of a prompt: far more than serve a reply, and few enough for the state, where each is noted."""


def pick_order(call: Call) -> tuple[float | bool, ...]:
    """Return what sorts calls into the order in which they are paid for."""
    entry, profile = call.entry, call.entry.rules.profile
    return (
        entry.rules.book,
        entry.first_out,
        not (entry.constant and profile.constants_first),
        not call.sticky,
        -entry.priority,
        -entry.order,
        call.age if profile.recent_first else 0,
        entry.index,
    )


class Ledger:
    """The calls of a turn that were let in, and the tokens they take."""

    def __init__(self, lore: Lore, *, budget: int | None, context_tokens: int, count: CountTokens) -> None:
        self._room = math.inf if budget is None else max(budget, 0)
        self._places = math.inf if budget is None else _MOST
        self._count = count
        self._tokens: dict[int, int] = {}
        self._purses = [
            Purse(min(limit_of(book, rules.profile, context_tokens), self._room), rules.profile)
            for book, rules in zip(lore.books, lore.rules, strict=True)
        ]
        self._accepted: list[Call] = []
        self._by_content: dict[str, str] = {}
        self._out: dict[str, LeftOut] = {}

    def is_open(self, entry: CompiledEntry) -> bool:
        """Whether the entry's book is still searched."""
        return not (entry.rules.profile.over_budget == "stop" and self._purses[entry.rules.book].closed)

    def leave_out(self, entry: CompiledEntry, why: str) -> None:
        """Note why an entry that was called for stays out."""
        self._out[entry.uid] = LeftOut(entry.uid, entry.name, why)

    def offer(self, call: Call) -> bool:
        """Let an entry in, for good where its book is paid for at once; return False where it stays out."""
        entry = call.entry
        content = entry.content.strip()
        if content in self._by_content:
            self.leave_out(entry, f"the same text as {self._by_content[content]!r}")
            return False
        if entry.rules.profile.over_budget == "stop" and not self._pays(call):
            return False
        self._by_content[content] = entry.name
        self._accepted.append(call)
        self._out.pop(entry.uid, None)
        return True

    def close(self) -> list[Call]:
        """Pay for what is not paid for yet, share out the prompt's room, and return who is in."""
        calls = sorted(self._accepted, key=pick_order)
        paid = [call for call in calls if call.entry.rules.profile.over_budget == "stop" or self._pays(call)]
        return list(self._share_out(sorted(paid, key=_room_order)))

    @property
    def left_out(self) -> Sequence[LeftOut]:
        """Those that were called for and stay out."""
        return list(self._out.values())

    def _pays(self, call: Call) -> bool:
        entry = call.entry
        if entry.ignores_budget or self._purses[entry.rules.book].take(self._price(entry)):
            return True
        self.leave_out(entry, _FULL)
        return False

    def _share_out(self, calls: Iterable[Call]) -> Iterator[Call]:
        left, places, closed = self._room, self._places, set[int]()
        for call in calls:
            rules, price = call.entry.rules, self._price(call.entry)
            if rules.book not in closed and price <= left and places:
                left, places = left - price, places - 1
                yield call
                continue
            self.leave_out(call.entry, _NO_ROOM)
            if rules.profile.over_budget != "skip" and not call.entry.ignores_budget:
                closed.add(rules.book)

    def _price(self, entry: CompiledEntry) -> int:
        if entry.index not in self._tokens:
            self._tokens[entry.index] = self._count(entry.content)
        return self._tokens[entry.index]


def _room_order(call: Call) -> tuple[float | bool, ...]:
    """Those that no limit holds back come first, then what stands in every prompt, then book by book."""
    return (not call.entry.ignores_budget, call.entry.first_out, not call.entry.is_steady, *pick_order(call))
