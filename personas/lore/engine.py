"""The lore engine: a pure function of entries, messages, state, seed and budget.

A turn is a few waves: the first asks the entries that the messages call for, each further one those that the content
just found calls for. In a wave, groups give up all but one of their members, dice are thrown, and a book that stops
when it is full is paid for at once. When nothing new comes, the other books are paid for, and the room of the whole
prompt is shared out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from langgraph_roleplay.personas.lore.asking import Asker, Call
from langgraph_roleplay.personas.lore.budget import estimate
from langgraph_roleplay.personas.lore.chance import roll
from langgraph_roleplay.personas.lore.entries import CompiledEntry
from langgraph_roleplay.personas.lore.gates import Scene
from langgraph_roleplay.personas.lore.groups import GroupMember, pick_members
from langgraph_roleplay.personas.lore.hits import Hits
from langgraph_roleplay.personas.lore.ledger import Ledger, pick_order
from langgraph_roleplay.personas.lore.lore import Lore
from langgraph_roleplay.personas.lore.outcome import make_outcome
from langgraph_roleplay.personas.lore.records import CountTokens, LoreOutcome, LoreScan, LoreState
from langgraph_roleplay.personas.lore.recursion import Levels
from langgraph_roleplay.personas.lore.timed import Past

__all__ = ["activate_lore"]


def activate_lore(
    lore: Lore,
    scan: LoreScan,
    *,
    state: LoreState,
    seed: str,
    budget: int | None = None,
    context_tokens: int = 0,
    count: CountTokens = estimate,
) -> LoreOutcome:
    """Return the entries that a turn calls for, those that it left out and why, and the state for the next turn.

    Args:
        lore: from `compile_lore`.
        scan: the conversation and what else can be matched.
        state: what the last turn's outcome said; empty at first.
        seed: one for each turn; the same seed throws the same dice, in whatever order the entries stand.
        budget: tokens of the prompt that all lore together may take, in 300 entries at most; None: each book's own
            limit is enough.
        context_tokens: the model's whole context, for dialects whose limit is a part of it; 0: not known.
        count: tokens of a text for the model in use.
    """
    hits = Hits(lore, scan)
    past = Past(state, scan)
    ledger = Ledger(lore, budget=budget, context_tokens=context_tokens, count=count)
    turn = _Turn(lore, scan, hits=hits, past=past, ledger=ledger, seed=seed)
    wave = turn.first_wave()
    while wave:
        wave = turn.next_wave(turn.admit(wave))
    return make_outcome(lore, scan, past, ledger.close(), ledger.left_out)


class _Turn:
    """The waves of one turn."""

    def __init__(self, lore: Lore, scan: LoreScan, *, hits: Hits, past: Past, ledger: Ledger, seed: str) -> None:
        self._lore, self._scan, self._past, self._ledger, self._seed = lore, scan, past, ledger, seed
        self._hits = hits
        self._asker = Asker(scan, Scene(scan), hits, past, lore.keys)
        self._levels = Levels(entry.recursion.level for entry in lore.delayed)
        self._steps = max((rules.profile.max_steps for rules in lore.rules), default=0)
        self._groups: set[str] = set()
        self._settled: set[int] = set()
        self._unanswered: dict[int, CompiledEntry] = {}
        """Those that may lack no more than a second key."""

    def first_wave(self) -> Sequence[CompiledEntry]:
        """Return the entries that messages, state or meaning may call for."""
        called = [entry for number in self._hits for entry in self._lore.by_key.get(number, ())]
        known = [entry for uid in (*self._past.uids(), *self._scan.found) if (entry := self._lore.entry(uid))]
        wave = (*self._lore.always, *self._lore.by_pattern, *known, *called)
        return self._open(entry for entry in wave if not entry.recursion.level or self._asker.is_on(entry))

    def admit(self, wave: Iterable[CompiledEntry]) -> Sequence[CompiledEntry]:
        """Ask the entries of a wave, and return those that are let in."""
        asked = [(entry, self._asker.ask(entry)) for entry in wave]
        self._unanswered.update((entry.index, entry) for entry, call in asked if call is None)
        calls = [call for _, call in asked if call]
        willing = sorted(self._welcome(calls), key=pick_order)
        lucky = [lucky for call in self._one_of_each_group(willing) if (lucky := self._thrown(call))]
        admitted = [call.entry for call in lucky if self._ledger.offer(call)]
        self._groups.update(name for entry in admitted for name in entry.membership.groups)
        return admitted

    def _welcome(self, calls: Iterable[Call]) -> Iterator[Call]:
        """Yield the calls that nothing is against; what comes when its book is full takes no place in a group."""
        for call in calls:
            if call.refused:
                self._ledger.leave_out(call, call.refused)
                continue
            self._settled.add(call.entry.index)
            if self._ledger.is_open(call.entry):
                yield call
            else:
                self._ledger.stop(call)

    def next_wave(self, fresh: Iterable[CompiledEntry]) -> Sequence[CompiledEntry]:
        """Return the entries that the content of fresh ones calls for; empty when the turn is over."""
        self._steps -= 1
        if self._steps < 0:
            return ()
        feeding = [entry for entry in fresh if entry.recursion.feeds and self._ledger.is_open(entry)]
        wave = self._echoed(feeding) if feeding else ()
        while not wave and self._levels.open_next():
            wave = self._delayed()
        return wave

    def _echoed(self, feeding: Iterable[CompiledEntry]) -> Sequence[CompiledEntry]:
        fresh = self._hits.echo(entry.content for entry in feeding)
        called = [entry for number in sorted(fresh) for entry in self._lore.by_key.get(number, ())]
        ready = (entry for entry in (*called, *self._unanswered.values()) if self._is_open_level(entry))
        return self._open((*ready, *self._delayed()))

    def _delayed(self) -> Sequence[CompiledEntry]:
        return self._open(entry for entry in self._lore.delayed if self._is_open_level(entry))

    def _is_open_level(self, entry: CompiledEntry) -> bool:
        return entry.recursion.reads and self._levels.is_open(entry.recursion.level)

    def _open(self, entries: Iterable[CompiledEntry]) -> Sequence[CompiledEntry]:
        unique = {entry.index: entry for entry in entries}
        return [entry for index, entry in unique.items() if index not in self._settled]

    def _one_of_each_group(self, calls: Sequence[Call]) -> Sequence[Call]:
        members = [
            GroupMember(call.entry.uid, call.entry.membership, call.entry.order, call.sticky, call.score)
            for call in calls
            if call.entry.membership.groups
        ]
        lost = pick_members(members, seed=self._seed, taken=self._groups) if members else {}
        for call in calls:
            if call.entry.uid in lost:
                self._ledger.leave_out(call, lost[call.entry.uid])
        return [call for call in calls if call.entry.uid not in lost]

    def _thrown(self, call: Call) -> Call | None:
        """Throw an entry's dice, and note what they said."""
        entry = call.entry
        if entry.chance >= 1 or call.sticky:
            return call
        thrown = roll(self._seed, "chance", entry.uid)
        said = f"chance {entry.chance:.0%}: the dice said {thrown:.0%}"
        if thrown < entry.chance:
            return replace(call, why=f"{call.why}; {said}")
        self._ledger.leave_out(call, said)
        return None
