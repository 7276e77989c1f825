"""The ledger: what distilling has done for one user and one character, kept where it can be read after a restart.

One entry each, replaced by every run, known to nobody. It holds counts, times and errors, nothing of what was said.
"""

import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.points import to_point
from langgraph_roleplay.memory.records import Memory, Selection
from langgraph_roleplay.memory.vectors import TextVectors

__all__ = ["LEDGER", "Ledger", "RunNote", "read_ledger", "write_ledger"]

LEDGER = "ledger"
"""Kind of the entries."""
_ID_NAMESPACE = uuid.UUID("6c7f3d7e-4c8e-4d53-8d40-3b7a3f1c9e02")
_NO_VECTORS = TextVectors(dense=None, bm25=None)
_EVERY_THREAD = "*"


class RunNote(BaseModel):
    """What came of one run."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    failure: str = ""
    """Why it did not come to its end; empty if it did."""
    turns: int = 0
    """How many memories were distilled."""
    kept: Mapping[str, int] = Field(default_factory=dict)
    """By kind."""
    refused: Mapping[str, int] = Field(default_factory=dict)
    """By rule of the gate."""
    superseded: int = 0
    calls: int = 0
    """Model calls."""
    tokens: int = 0


class Ledger(BaseModel):
    """All runs together."""

    model_config = ConfigDict(frozen=True)

    runs: int = 0
    failures: int = 0
    in_a_row: int = 0
    """Failures since the last run that came to its end."""
    last_run: datetime | None = None
    last_failure: datetime | None = None
    reason: str = ""
    """Why the last failure happened."""
    turns: int = 0
    kept: Mapping[str, int] = Field(default_factory=dict)
    refused: Mapping[str, int] = Field(default_factory=dict)
    superseded: int = 0
    calls: int = 0
    tokens: int = 0

    def after(self, run: RunNote) -> "Ledger":
        """The ledger with one more run."""
        failed = bool(run.failure)
        return Ledger(
            runs=self.runs + 1,
            failures=self.failures + failed,
            in_a_row=self.in_a_row + 1 if failed else 0,
            last_run=run.at,
            last_failure=run.at if failed else self.last_failure,
            reason=run.failure or self.reason,
            turns=self.turns + run.turns,
            kept=_together(self.kept, run.kept),
            refused=_together(self.refused, run.refused),
            superseded=self.superseded + run.superseded,
            calls=self.calls + run.calls,
            tokens=self.tokens + run.tokens,
        )


def _together(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(one) + Counter(other)).items()))


async def read_ledger(bank: MemoryBank, *, user: str, character: str) -> Ledger:
    """The ledger of a user and a character; an empty one where nothing was distilled yet."""
    selection = Selection(user=user, character=character, kind=LEDGER)
    entries = [memory async for memory in bank.browse(selection)]
    return Ledger.model_validate(entries[0].metadata) if entries else Ledger()


async def write_ledger(bank: MemoryBank, ledger: Ledger, *, user: str, character: str) -> None:
    """Put a ledger in place of the one before."""
    entry = Memory(
        id=str(uuid.uuid5(_ID_NAMESPACE, f"{user}\n{character}")),
        text=f"distilling for {character}",
        kind=LEDGER,
        speaker=character,
        character=character,
        user=user,
        thread=_EVERY_THREAD,
        observers=(),
        metadata=ledger.model_dump(mode="json"),
    )
    await bank.home.upsert([to_point(entry, _NO_VECTORS)], replace=True)
