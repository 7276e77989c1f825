"""Trial: facts that look contradictory and are not keep their place; facts that were overtaken lose it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from langgraph_roleplay.memory import Memory
from langgraph_roleplay.memory.distilling.supersession import replaces

__all__ = ["TRIALS", "Pair", "load_pairs", "try_supersession"]

_OLD = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Pair(BaseModel):
    """Two facts, told one after the other, and whether the second takes the place of the first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    replaces: bool
    why: str
    old: tuple[str, str, str]
    """Subject, relation and text."""
    new: tuple[str, str, str]
    said: str = ""
    """What the second was made of; default: its text."""
    told_by: str = ""
    """Who said the second; default: the subject of the first."""
    days: int = 30
    """Between the two."""

    def decided(self) -> bool:
        """What we say of it."""
        who = self.old[0]
        old, new = _fact(self.old, _OLD, who), _fact(self.new, _OLD + timedelta(days=self.days), self.told_by or who)
        return replaces(new, old, said=[self.said or new.text])


def _fact(told: tuple[str, str, str], at: datetime, told_by: str) -> Memory:
    subject, relation, text = told
    return Memory(
        text=text,
        kind="fact",
        subject=subject,
        relation=relation,
        at=at,
        told_by=told_by,
        speaker=told_by,
        character="holmes",
        user="anna",
        thread="t",
    )


@cache
def load_pairs() -> tuple[Pair, ...]:
    """The hand-written pairs, three in five of which replace nothing."""
    lines = (files(__package__) / "supersession.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(Pair.model_validate(json.loads(line)) for line in lines)


async def try_supersession() -> Mapping[str, Any]:
    """Decide all pairs."""
    pairs = load_pairs()
    apparent, real = [p for p in pairs if not p.replaces], [p for p in pairs if p.replaces]
    return {
        "apparent": len(apparent),
        "wrongly_superseded": sum(pair.decided() for pair in apparent),
        "real": len(real),
        "missed": sum(not pair.decided() for pair in real),
    }


TRIALS = {"supersession": try_supersession}
