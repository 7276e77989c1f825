"""A candidate that was let in, made a memory of what it rests on."""

from collections.abc import Sequence

from pydantic import JsonValue

from langgraph_roleplay.memory.distilling.gate_candidate import Candidate
from langgraph_roleplay.memory.distilling.inheriting import inherit, is_own_line
from langgraph_roleplay.memory.records import Memory

__all__ = ["make_memory"]


def make_memory(candidate: Candidate, cited: Sequence[Memory], *, supersedes: Sequence[str] = ()) -> Memory:
    """The memory, with all that it inherits; made again of the same it has the same id.

    Args:
        candidate: what it says.
        cited: what it rests on, at least one memory.
        supersedes: ids of what it replaces.
    """
    heirs = inherit(cited)
    latest = heirs.latest
    told = candidate.kind == "fact" and not is_own_line(latest)
    metadata: dict[str, JsonValue] = {"when": candidate.when.isoformat()} if candidate.when else {}
    return Memory(
        text=candidate.text,
        kind=candidate.kind,
        speaker=latest.speaker if candidate.kind == "fact" else latest.character,
        character=latest.character,
        user=latest.user,
        thread=latest.thread,
        turn=latest.turn,
        session=latest.session,
        at=latest.at,
        # Of one message alone: with that in the prompt it need not be recalled.
        message_id=latest.message_id if candidate.kind == "fact" and len(cited) == 1 else None,
        key=latest.key,
        observers=None if heirs.observers == (latest.character,) else heirs.observers,
        secrecy=heirs.secrecy,
        source="told" if told else "inferred" if candidate.kind == "reflection" else "saw",
        told_by=latest.speaker if told else None,
        confidence=heirs.confidence,
        trust=heirs.trust,
        importance=candidate.importance,
        story_time=heirs.story_time,
        evidence=tuple(sorted(line.id for line in cited)),
        subject=candidate.subject or None,
        relation=candidate.relation or None,
        supersedes=tuple(supersedes),
        metadata=metadata,
    )
