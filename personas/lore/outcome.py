"""What a turn's lore is, put into records."""

from collections.abc import Iterable, Sequence

from langgraph_roleplay.personas.lore.asking import Call
from langgraph_roleplay.personas.lore.lore import Lore
from langgraph_roleplay.personas.lore.records import ActivatedEntry, LeftOut, LoreOutcome, LoreScan, LoreState
from langgraph_roleplay.personas.lore.timed import Past

__all__ = ["make_outcome"]

_MOST_LEFT_OUT = 100
"""A report of more is read by nobody."""
_MOST_MARKS = 1000
"""Entries that are remembered: the state is stored with every step, and its size is not a stranger's to choose."""


def make_outcome(
    lore: Lore, scan: LoreScan, past: Past, calls: Iterable[Call], left_out: Sequence[LeftOut]
) -> LoreOutcome:
    """Return entries in the order of the prompt, some of those left out, and what lasts."""
    inside = sorted(calls, key=lambda call: (call.entry.order, call.entry.index))
    entries = tuple(_activated(call, scan.length) for call in inside)
    return LoreOutcome(entries, tuple(left_out[:_MOST_LEFT_OUT]), _next_state(lore, past, inside))


def _activated(call: Call, messages: int) -> ActivatedEntry:
    entry, spot = call.entry, call.entry.spot
    return ActivatedEntry(
        uid=entry.uid,
        name=entry.name,
        text=entry.content,
        place=spot.place,
        depth=spot.depth_in(messages),
        role=spot.role,
        outlet=spot.outlet,
        constant=entry.is_steady,
        order=entry.order,
        priority=entry.priority,
        first_out=entry.first_out,
        key=call.key,
        why=call.why,
        book=entry.rules.name,
    )


def _next_state(lore: Lore, past: Past, inside: Iterable[Call]) -> LoreState:
    state = {}
    for uid in past.uids():
        entry = lore.entry(uid)
        age = past.age(uid, entry.digest) if entry else None
        if entry and age is not None and entry.timing.matters(age):
            state[uid] = past.keep(uid)
    for call in inside:
        if call.entry.timing.lasts and call.entry.uid not in state:
            state[call.entry.uid] = past.mark(call.entry.digest)
    newest = sorted(state, key=lambda uid: state[uid]["n"], reverse=True)[:_MOST_MARKS]
    return state if len(newest) == len(state) else {uid: state[uid] for uid in newest}
