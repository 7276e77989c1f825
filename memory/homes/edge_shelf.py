"""The shards of a memory folder that are alive, as its manifest names them, and how one takes the place of another."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langgraph_roleplay.memory.homes.edge_disk import refuse_full_disk
from langgraph_roleplay.memory.homes.edge_inventory import INVENTORY, take_inventory
from langgraph_roleplay.memory.homes.edge_manifest import Made, Manifest, discard_unnamed, write_manifest
from langgraph_roleplay.memory.homes.edge_opening import refuse_damage
from langgraph_roleplay.memory.homes.edge_rebuild import Rebuild
from langgraph_roleplay.memory.homes.edge_shard import Shard
from langgraph_roleplay.memory.homes.migrations import upgraded

__all__ = ["Shelf"]


class Shelf:
    """Loaded shards; whatever is written to one goes to the copy that is being made of it, too.

    Args:
        folder: of an Edge home.
        manifest: of that folder.
        indexes: payload indexes of new shards, by field.

    Raises:
        MemoryUnavailable: files are missing or cut off; nothing was touched.
    """

    def __init__(self, folder: Path, manifest: Manifest, *, indexes: dict[str, str]) -> None:
        refuse_damage(folder, manifest)
        (folder / INVENTORY).unlink(missing_ok=True)
        discard_unnamed(folder, manifest)
        self.manifest = manifest
        self._folder = folder
        self._indexes = indexes
        self._shards = {made.shard: Shard.load(folder / made.shard) for made in manifest.named().values()}
        self._rebuild: Rebuild | None = None

    @staticmethod
    def create(folder: Path, made: Made, *, schema: int, indexes: dict[str, str]) -> Manifest:
        """Make the first shard; the manifest comes last, so that a crash half-way leaves a folder that is new."""
        discard_unnamed(folder, None)
        for _ in Shard.create(folder / made.shard, dimension=made.dimension, indexes=indexes):
            pass
        manifest = Manifest(schema, made)
        write_manifest(folder, manifest)
        return manifest

    def shard(self, made: Made) -> Shard:
        """The shard, to read from."""
        return self._shards[made.shard]

    def write(self, made: Made, change: Callable[[Shard], None], *, everywhere: bool) -> None:
        """Change a shard, or every one, and the copy that is being made of it."""
        for shard in list(self._shards.values()) if everywhere else [self._shards[made.shard]]:
            change(shard)
            if self._rebuild is not None and self._rebuild.source is shard:
                change(self._rebuild.target)

    def add(self, made: Made) -> Iterator[None]:
        """Put an empty shard aside, in the place of what may lie there."""
        with self._until_named(made):
            yield from Shard.create(self._folder / made.shard, dimension=made.dimension, indexes=self._indexes)
            self._shards[made.shard] = Shard.load(self._folder / made.shard)
            self.replace(self.manifest._replace(aside=made))

    def note(self, manifest: Manifest) -> None:
        """Let another manifest hold."""
        write_manifest(self._folder, manifest)
        self.manifest = manifest

    def replace(self, manifest: Manifest) -> None:
        """Let another manifest hold, and remove the shards that it doesn't name."""
        for made in manifest.named().values():
            self._shards[made.shard].flush()
        self.note(manifest)
        alive = {made.shard for made in manifest.named().values()}
        for name in [name for name in self._shards if name not in alive]:
            self._shards.pop(name).abandon()
            shutil.rmtree(self._folder / name)

    def purge(self) -> Iterator[None]:
        """Build every shard anew; one that is filled aside keeps only what is still in the one in use."""
        for made in list(self.manifest.named().values()):
            living = None if made == self.manifest.used else self.shard(self.manifest.used).among
            yield from self._build_anew(made, living=living)

    def migrate(self, schema: int) -> Iterator[None]:
        """Bring the payloads to another schema; what was being filled aside starts anew."""
        if self.manifest.aside is not None:
            self.replace(self.manifest._replace(aside=None))
        yield from self._build_anew(self.manifest.used, change=upgraded, schema=schema)

    def flush(self) -> None:
        """Fold the logs in."""
        for shard in self._shards.values():
            shard.flush()

    def close(self) -> None:
        """Let go of the files; nothing is being built any more."""
        for shard in self._shards.values():
            shard.close()
        take_inventory(self._folder)

    @contextmanager
    def _until_named(self, made: Made) -> Iterator[None]:
        """Remove a shard again if the manifest doesn't come to name it."""
        try:
            yield
        finally:
            if made not in self.manifest.named().values():
                if unfinished := self._shards.pop(made.shard, None):
                    unfinished.abandon()
                shutil.rmtree(self._folder / made.shard, ignore_errors=True)

    def _build_anew(
        self,
        made: Made,
        *,
        change: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
        living: Callable[[list[str]], set[str]] | None = None,
        schema: int | None = None,
    ) -> Iterator[None]:
        new = Made.new(made.of)
        path = self._folder / new.shard
        with self._until_named(new):
            refuse_full_disk(self._folder, needed=self._shards[made.shard].size())
            yield from Shard.create(path, dimension=new.dimension, indexes=self._indexes)
            target = Shard.load(path)
            self._rebuild = Rebuild(self._shards[made.shard], target, change=change, living=living)
            try:
                yield from self._rebuild.run()
            finally:
                self._rebuild = None
                self._shards[new.shard] = target
            used, aside = (new if one == made else one for one in (self.manifest.used, self.manifest.aside))
            self.replace(self.manifest._replace(used=used or new, aside=aside, schema=schema or self.manifest.schema))
