"""Who gets into the prompt, who pays for it, and who stays out."""

import math
from collections.abc import Iterable, Iterator, Sequence

from langgraph_roleplay.personas.lore.asking import Call
from langgraph_roleplay.personas.lore.budget import Purse, limit_of, stopped_by
from langgraph_roleplay.personas.lore.entries import CompiledEntry
from langgraph_roleplay.personas.lore.lore import Lore
from langgraph_roleplay.personas.lore.records import CountTokens, LeftOut

__all__ = ["Ledger", "pick_order"]

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
            Purse(limit_of(book, rules.profile, context_tokens, room=self._room), rules.profile)
            for book, rules in zip(lore.books, lore.rules, strict=True)
        ]
        self._accepted: list[Call] = []
        self._by_content: dict[str, CompiledEntry] = {}
        self._out: dict[str, LeftOut] = {}

    def is_open(self, entry: CompiledEntry) -> bool:
        """Whether the entry's book is still searched."""
        stops = entry.rules.profile.over_budget == "stop"
        return not stops or entry.ignores_budget or self._purses[entry.rules.book].closed_by is None

    def leave_out(self, call: Call, why: str) -> None:
        """Note why an entry that was called for stays out."""
        entry = call.entry
        self._out[entry.uid] = LeftOut(entry.uid, entry.name, why, call.key, entry.rules.name)

    def stop(self, call: Call) -> None:
        """Note that an entry was called for when its book was full."""
        self._too_much(call, stopped_by(self._purses[call.entry.rules.book].closed_by or ""))

    def offer(self, call: Call) -> bool:
        """Let an entry in, for good where its book is paid for at once; return False where it stays out."""
        entry = call.entry
        if not self.is_open(entry):
            self.stop(call)
            return False
        content = entry.content.strip()
        if content in self._by_content:
            self.leave_out(call, f"the same text as {self._say(self._by_content[content])}")
            return False
        if entry.rules.profile.over_budget == "stop" and not self._pays(call):
            return False
        self._by_content[content] = entry
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
        if entry.ignores_budget:
            return True
        refusal = self._purses[entry.rules.book].take(entry.name, self._price(entry))
        if refusal:
            self._too_much(call, refusal)
        return not refusal

    def _too_much(self, call: Call, why: str) -> None:
        self.leave_out(call, f"{call.why}; {why}")

    def _say(self, entry: CompiledEntry) -> str:
        """Name an entry, and its book where there are several."""
        if len(self._purses) == 1:
            return repr(entry.name)
        book = entry.rules.name
        return f"{entry.name!r} of {repr(book) if book else 'a book without a name'}"

    def _share_out(self, calls: Iterable[Call]) -> Iterator[Call]:
        left, places, closed = self._room, self._places, dict[int, str]()
        for call in calls:
            rules, price = call.entry.rules, self._price(call.entry)
            if rules.book not in closed and price <= left and places:
                left, places = left - price, places - 1
                yield call
            elif not places:
                self._too_much(call, f"a prompt takes {_MOST} entries at most")
            elif rules.book in closed:
                self._too_much(call, stopped_by(closed[rules.book]))
            else:
                self._too_much(call, f"needs {price} tokens, the prompt has room for {left:.0f}")
                if rules.profile.over_budget != "skip" and not call.entry.ignores_budget:
                    closed[rules.book] = call.entry.name

    def _price(self, entry: CompiledEntry) -> int:
        if entry.index not in self._tokens:
            self._tokens[entry.index] = self._count(entry.content)
        return self._tokens[entry.index]


def _room_order(call: Call) -> tuple[float | bool, ...]:
    """Those that no limit holds back come first, then what stands in every prompt, then book by book."""
    return (not call.entry.ignores_budget, call.entry.first_out, not call.entry.is_steady, *pick_order(call))
