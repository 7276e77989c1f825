"""Quarantine: what the gate refused is kept with its reason, known to nobody, until the user looks at it.

It lies among the user's memories, so that export and forget include it. It rests on all that the model was shown:
whoever forgets one of those lines forgets with it what may have been made of it.
"""

import json
from collections.abc import Sequence

from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.distilling.gate_candidate import Candidate, Refusal, read_candidate
from langgraph_roleplay.memory.distilling.inheriting import inherit
from langgraph_roleplay.memory.distilling.making import make_memory
from langgraph_roleplay.memory.distilling.reading_back import fetch_all, list_current, settle
from langgraph_roleplay.memory.distilling.supersession import replaced
from langgraph_roleplay.memory.points import to_point
from langgraph_roleplay.memory.records import Memory, Selection
from langgraph_roleplay.memory.vectors import TextVectors

__all__ = ["QUARANTINE", "approve", "quarantine", "reject"]

QUARANTINE = "quarantine"
"""Kind of what was refused."""
_LONGEST = 2000
_NO_VECTORS = TextVectors(dense=None, bm25=None)


async def quarantine(bank: MemoryBank, raw: object, refusal: Refusal, *, shown: Sequence[Memory]) -> Memory:
    """Keep what the gate refused; gives it as it is kept.

    Args:
        bank: where.
        raw: what the model wrote, as it came, and the kind it was to become.
        refusal: why it was refused.
        shown: what the model was shown, at least one memory.
    """
    latest = inherit(shown).latest
    plain = json.dumps(raw, ensure_ascii=False, default=str)
    text = raw.get("text") if isinstance(raw, dict) else None
    memory = Memory(
        text=(text if isinstance(text, str) and text.strip() else plain)[:_LONGEST],
        kind=QUARANTINE,
        speaker=latest.character,
        character=latest.character,
        user=latest.user,
        thread=latest.thread,
        turn=latest.turn,
        key=latest.key,
        at=latest.at,
        observers=(),
        source="inferred",
        evidence=tuple(line.id for line in shown),
        metadata={
            "rule": refusal.rule,
            "reason": refusal.reason,
            "candidate": json.loads(plain) if len(plain) <= _LONGEST else None,
        },
    )
    # Without vectors no search can come upon it, whatever its filter.
    await bank.home.upsert([to_point(memory, _NO_VECTORS)])
    return memory


async def approve(bank: MemoryBank, memory_id: str, *, user: str) -> Memory:
    """Let a quarantined candidate in after all, on the user's own word. Who knows it is still decided by its evidence.

    Raises:
        ValueError: it is not in quarantine, its evidence is gone, or it can't be read as a memory.
    """
    held = await _find(bank, memory_id, user=user)
    candidate = read_candidate(held.metadata.get("candidate"))
    if isinstance(candidate, Refusal):
        raise ValueError(f"what was quarantined as {memory_id!r} can't be read as a memory: {candidate.reason}")
    shown = await fetch_all(bank, held.evidence, user=user)
    cited = [line for line in shown if line.id in candidate.evidence] or shown
    if not cited or held.character not in inherit(cited).observers:
        raise ValueError(f"{held.character} doesn't know all that {memory_id!r} rests on: forget it, or tell it")
    memory = make_memory(candidate, cited, supersedes=await _replaced(bank, candidate, cited))
    await bank.remember([memory])
    await settle(bank, [memory])
    await bank.forget(user=user, ids=[held.id])
    return memory


async def reject(bank: MemoryBank, memory_id: str, *, user: str) -> None:
    """Delete a quarantined candidate.

    Raises:
        ValueError: it is not in quarantine.
    """
    held = await _find(bank, memory_id, user=user)
    await bank.forget(user=user, ids=[held.id])


async def _replaced(bank: MemoryBank, candidate: Candidate, cited: Sequence[Memory]) -> tuple[str, ...]:
    new = make_memory(candidate, cited)
    facts = await list_current(bank, Selection(user=new.user, character=new.character, kind="fact"))
    return replaced(new, facts, said=[line.text for line in cited]) if candidate.kind == "fact" else ()


async def _find(bank: MemoryBank, memory_id: str, *, user: str) -> Memory:
    held = [memory async for memory in bank.browse(Selection(user=user, kind=QUARANTINE, ids=(memory_id,)))]
    if not held:
        raise ValueError(f"there is nothing {memory_id!r} of {user} in quarantine")
    return held[0]
