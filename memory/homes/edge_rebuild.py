"""A shard copied into a new one: the living points alone, so that no byte of what was deleted comes along.

Deleting alone leaves the text in Edge's payload pages and in its log, and an optimizing run leaves the log's. The copy
is made a slice at a time (about 10 ms each, 6,000 points a second) while the old shard goes on being used; what is
written meanwhile is written to both. The copied page replaces what came into the new shard by that way, so both
always say the same.
"""

from collections.abc import Callable, Iterator
from typing import Any

from langgraph_roleplay.memory.homes.edge_shard import Shard

__all__ = ["Rebuild"]

_SLICE = 64  # points
_FLUSH = 64  # slices between two flushes: they bound what the log keeps


class Rebuild:
    """A copy in the making.

    Args:
        source: what is copied.
        target: empty.
        change: gives a point's payload in the copy.
        living: says which of some ids still belong in the copy; None: all.
    """

    def __init__(
        self,
        source: Shard,
        target: Shard,
        *,
        change: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        living: Callable[[list[str]], set[str]] | None = None,
    ) -> None:
        self.source = source
        self.target = target
        self._change = change
        self._living = living

    def run(self) -> Iterator[None]:
        """Copy all of it, a slice a step; the copy is on the disk after the last one."""
        start: str | None = None
        slices = 0
        while True:
            hits, start = self.source.scroll(None, limit=_SLICE, start=start, vectors=True)
            self.target.take(self._points(hits))
            slices += 1
            if slices % _FLUSH == 0:
                self.target.flush()
            yield
            if start is None:
                break
        self.target.flush()

    def _points(self, hits: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
        if self._living is not None:
            alive = self._living([hit[0] for hit in hits])
            hits = [hit for hit in hits if hit[0] in alive]
        change = self._change or dict
        return [{"id": known, "vector": vectors, "payload": change(payload)} for known, payload, vectors in hits]
