"""A table of what ranking needs of memories: numbers by column, so that a thousand are looked up in a moment."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from langgraph_roleplay.memory.home import Hit

__all__ = ["Table"]

_ROW = np.dtype(
    [
        ("at", "f8"),  # seconds since 1970
        ("turn", "f8"),  # NaN for none
        ("story_time", "f8"),
        ("length", "f8"),
        ("importance", "f8"),
        ("asks", "f8"),
        ("echo", "u8"),
        ("speaker", "i8"),
        ("thread", "i8"),
        ("room", "i8"),
    ]
)


class Table:
    """Rows by id; speakers, threads and rooms (sessions of a thread) are numbered as they come."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._rows = np.empty(0, _ROW)
        self._rooms: dict[tuple[str, str], int] = {}
        self._speakers: dict[str, int] = {}
        self._names: list[str] = []
        self.threads: dict[str, int] = {}
        """The number of each thread."""
        self.begun: set[tuple[str, str]] = set()
        """Users and characters of whom more was read than was asked for."""

    def __len__(self) -> int:
        """How many memories it has."""
        return len(self._places)

    def missing(self, ids: Collection[bytes]) -> set[bytes]:
        """Which aren't here."""
        return {known for known in ids if known not in self._places}  # `set - keys` goes through all the keys

    def rows(self, ids: Sequence[bytes]) -> NDArray[Any]:
        """The rows of memories that are here, in this order, as a structured array."""
        return self._rows[np.fromiter(map(self._places.__getitem__, ids), dtype=np.intp, count=len(ids))]

    def name(self, speaker: int) -> str:
        """The name of the speaker with this number."""
        return self._names[speaker]

    def add(self, hits: Sequence[Hit]) -> None:
        """Take up memories with their ranking fields; those that are here already stay as they are."""
        fresh = {UUID(hit.id).bytes: hit.payload for hit in hits}
        fresh = {known: fields for known, fields in fresh.items() if known not in self._places}
        start, end = len(self), len(self) + len(fresh)
        if end > len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty(end, _ROW)])
        self._rows[start:end] = [self._row(fields) for fields in fresh.values()]
        self._places |= {known: start + place for place, known in enumerate(fresh)}

    def _row(self, fields: Mapping[str, Any]) -> tuple[Any, ...]:
        room = (fields["thread"], fields["session"] or fields["at"][:10])
        return (
            datetime.fromisoformat(fields["at"]).timestamp(),
            fields["turn"],
            fields["story_time"],
            fields["length"],
            fields["importance"],
            fields["asks"],
            int(fields["echo"], 16),
            self._speaker(fields["speaker"]),
            self.threads.setdefault(fields["thread"], len(self.threads)),
            self._rooms.setdefault(room, len(self._rooms)),
        )

    def _speaker(self, name: str) -> int:
        if name not in self._speakers:
            self._speakers[name] = len(self._names)
            self._names.append(name)
        return self._speakers[name]
