"""The folder of an Edge home, seen from its owner process: requests of clients, answered one at a time.

memory.json       which shards are alive, what their vectors were made with, and the version of the payload
owner.lock        held by the one owner process
edge.files.json   what the files of the shards were when the last owner left in order
edge, edge-*      shards, Qdrant Edge's own files: the one in use, and one that is being embedded anew beside it
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.homes.edge_jobs import Jobs
from langgraph_roleplay.memory.homes.edge_manifest import Made
from langgraph_roleplay.memory.homes.edge_opening import find_made, read_folder, refuse_version
from langgraph_roleplay.memory.homes.edge_shard import Shard
from langgraph_roleplay.memory.homes.edge_shelf import Shelf

__all__ = ["EdgeFolder"]

_WRITES = ("upsert", "mark", "delete")


class EdgeFolder:
    """The shards of a folder; loaded when the first client says which embedding it brings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shelf: Shelf | None = None
        self._jobs = Jobs()
        self._frozen_by: object = None

    def handle(self, request: dict[str, Any], *, client: object) -> Any:
        """Answer one request (`op` names a method of `Home`, or is `open` or `over`; `of` names the embedding).

        An answer `{"wait": ticket}` says that a job has to end first: ask `over` for it, then ask again.

        Raises:
            MemoryUnavailable: the folder is of another embedding or newer version, or the disk is nearly full.
        """
        if request["op"] == "open":
            return self._open(request)
        if self._shelf is None:
            raise MemoryUnavailable(f"the memory folder {self._folder} was not opened")
        if request["op"] == "over":
            return self._over(request["ticket"])
        made = find_made(self._folder, self._shelf.manifest, request["of"], aside=True)
        if request["op"] in _WRITES:
            return self._write(self._shelf, made, request)
        moves: dict[str, Callable[[Shelf], Any]] = {
            "purge": self._purge,
            "aside": lambda shelf: self._put_aside(shelf, request["to"]),
            "freeze": lambda shelf: self._freeze(client),
            "switch": lambda shelf: self._switch(shelf, request["to"], client),
        }
        if request["op"] in moves:
            return moves[request["op"]](self._shelf)
        return _read(self._shelf.shard(made), request)

    @property
    def busy(self) -> bool:
        """Whether there is something to do in the background."""
        return self._jobs.current is not None

    def step(self) -> None:
        """Do one slice of what there is to do in the background."""
        self._jobs.step()

    def left(self, client: object) -> None:
        """A client is gone: what it had frozen is written to again."""
        if self._frozen_by is client:
            self._frozen_by = None

    def flush(self) -> None:
        """Fold the logs in."""
        if self._shelf is not None:
            self._shelf.flush()

    def close(self) -> None:
        """Let go of the files."""
        self._jobs.close()
        if self._shelf is not None:
            self._shelf.close()

    def _open(self, request: dict[str, Any]) -> Any:
        refuse_version(self._folder, request)
        schema, indexes = request["schema"], request["indexes"]
        manifest = self._shelf.manifest if self._shelf else read_folder(self._folder, schema=schema)
        if manifest is None:
            if request["of"] is None:
                raise MemoryUnavailable(f"there are no memories in {self._folder}")
            made = Made.new(request["of"])
            manifest = Shelf.create(self._folder, made, schema=schema, indexes=indexes)
        made = find_made(self._folder, manifest, request["of"], aside=request["aside"])
        self._shelf = self._shelf or self._load(Shelf(self._folder, manifest, indexes=indexes))
        if self._shelf.manifest.schema < schema:
            shelf = self._shelf
            return {"wait": self._jobs.current or self._jobs.ask("migrate", lambda: shelf.migrate(schema))}
        return {"of": made.of}

    def _load(self, shelf: Shelf) -> Shelf:
        if shelf.manifest.purge:
            self._jobs.ask("purge", lambda: self._purging(shelf))
        return shelf

    def _over(self, ticket: str) -> str:
        """`lost` if the job was asked of an owner before us."""
        if not self._jobs.is_over(ticket):
            return "no"
        return "yes" if self._jobs.succeeded(ticket) else "lost"

    def _write(self, shelf: Shelf, made: Made, request: dict[str, Any]) -> None:
        if self._frozen_by is not None and made == shelf.manifest.used:
            raise MemoryUnavailable(
                f"the memory folder {self._folder} is read-only for a moment: its embedding is being changed"
            )
        shelf.write(made, lambda shard: _apply(shard, request), everywhere=request["op"] == "delete")

    def _purge(self, shelf: Shelf) -> Any:
        if not shelf.manifest.purge:
            shelf.note(shelf.manifest._replace(purge=True))
        return {"wait": self._jobs.ask("purge", lambda: self._purging(shelf))}

    def _purging(self, shelf: Shelf) -> Iterator[None]:
        yield from shelf.purge()
        if not self._jobs.waits("purge"):
            shelf.note(shelf.manifest._replace(purge=False))

    def _put_aside(self, shelf: Shelf, to: list[Any]) -> Any:
        if self._jobs.current is not None:
            return {"wait": self._jobs.current}
        if tuple(to) in shelf.manifest.named():
            return None
        return {"wait": self._jobs.ask("aside", lambda: shelf.add(Made.new(to)))}

    def _freeze(self, client: object) -> None:
        if self._frozen_by not in (None, client):
            raise MemoryUnavailable(f"the memory folder {self._folder} is being given a new embedding already")
        self._frozen_by = client

    def _switch(self, shelf: Shelf, to: list[Any], client: object) -> Any:
        if self._jobs.current is not None:
            return {"wait": self._jobs.current}
        aside = shelf.manifest.aside
        if aside is None or aside.of != tuple(to):
            raise MemoryUnavailable(f"nothing of the embedding {Made.new(to)} lies aside in {self._folder}")
        if self._frozen_by is not client:
            raise MemoryUnavailable(f"the memory folder {self._folder} was not kept frozen: compare it once more")
        shelf.replace(shelf.manifest._replace(used=aside, aside=None))
        self._frozen_by = None
        return None


def _read(shard: Shard, request: dict[str, Any]) -> Any:
    if request["op"] == "query":
        return shard.query(request["requests"])
    if request["op"] == "count":
        return shard.count(request["where"])
    if request["op"] == "scroll":
        options = {name: request[name] for name in ("limit", "start", "vectors", "fields")}
        return shard.scroll(request["where"], **options)
    raise ValueError(f"unknown request {request['op']!r}")


def _apply(shard: Shard, request: dict[str, Any]) -> None:
    if request["op"] == "upsert":
        shard.upsert(request["points"], replace=request["replace"])
    elif request["op"] == "mark":
        shard.mark(request["where"], request["payload"])
    else:
        shard.delete(request["where"])
