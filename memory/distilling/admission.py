"""Let candidates in one by one, each knowing those before it: into memory, or into quarantine with the reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.distilling.gate import Shown, examine
from langgraph_roleplay.memory.distilling.gate_candidate import Candidate, Kind, Refusal, read_candidate
from langgraph_roleplay.memory.distilling.making import make_memory
from langgraph_roleplay.memory.distilling.paraphrase import Near
from langgraph_roleplay.memory.distilling.quarantine import quarantine
from langgraph_roleplay.memory.distilling.reading_back import list_current, settle
from langgraph_roleplay.memory.distilling.saying_when import dated
from langgraph_roleplay.memory.distilling.supersession import replaced
from langgraph_roleplay.memory.records import Memory, Selection

__all__ = ["Admission", "admit_all"]

_NEAREST = 8


@dataclass
class Admission:
    """What became of candidates."""

    kept: list[Memory] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """By rule."""

    @property
    def superseded(self) -> int:
        """How many memories were replaced."""
        return sum(len(memory.supersedes) for memory in self.kept)


async def admit_all(
    bank: MemoryBank, raws: Sequence[Any], *, shown: Shown, kind: Kind, supersedes: Sequence[str] = ()
) -> Admission:
    """Examine what a model wrote, and keep each of it in one place or the other.

    Args:
        bank: where.
        raws: what the model wrote, one object each.
        shown: what it was shown.
        kind: what they are to become.
        supersedes: ids of what any of them replaces, beside what a fact replaces by its own.
    """
    admission, held = Admission(), list[Memory]()
    selection = _selection(shown, kind)
    facts = await list_current(bank, selection) if kind == "fact" else []
    for raw in raws:
        candidate = await _passed(bank, raw, shown, selection, kind)
        if isinstance(candidate, Refusal):
            told = {"kind": kind, **raw} if isinstance(raw, dict) else raw
            held.append(await quarantine(bank, told, candidate, shown=list(shown.lines.values())))
            admission.refused[candidate.rule] += 1
            continue
        memory = _made(candidate, shown, facts=facts, supersedes=supersedes)
        await bank.remember([memory])
        facts = [fact for fact in facts if fact.id not in memory.supersedes] + [memory]
        admission.kept.append(memory)
    await settle(bank, [*admission.kept, *held])
    return admission


def _selection(shown: Shown, kind: Kind) -> Selection:
    line = next(iter(shown.lines.values()))
    return Selection(user=line.user, character=line.character, kind=kind)


async def _passed(bank: MemoryBank, raw: Any, shown: Shown, selection: Selection, kind: Kind) -> Candidate | Refusal:
    read = read_candidate(raw, kind=kind)
    if isinstance(read, Refusal):
        return read
    candidate = _dated(read, shown)
    near = await bank.nearest(candidate.text, selection, k=_NEAREST) if candidate.text else []
    return examine(candidate, shown=shown, near=[Near(*found) for found in near]) or candidate


def _dated(candidate: Candidate, shown: Shown) -> Candidate:
    """The candidate with dates for `yesterday` and the like, from the day of what it rests on."""
    days = [shown.lines[known].at for known in candidate.evidence if known in shown.lines]
    return candidate.model_copy(update={"text": dated(candidate.text, max(days))}) if days else candidate


def _made(candidate: Candidate, shown: Shown, *, facts: Sequence[Memory], supersedes: Sequence[str]) -> Memory:
    cited = [shown.lines[known] for known in candidate.evidence]
    memory = make_memory(candidate, cited)
    found = replaced(memory, facts, said=[line.text for line in cited]) if candidate.kind == "fact" else ()
    return make_memory(candidate, cited, supersedes=[*supersedes, *found])
