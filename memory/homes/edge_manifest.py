"""The manifest of an Edge folder (`memory.json`): which of its shards are alive, and what each was made with.

Whatever changes in a folder as a whole (a purge, a migration, another embedding) is a new shard that was built aside
and one new manifest that names it: what a crash leaves behind is named by none, and is removed by the next owner.
"""

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from langgraph_roleplay.errors import MemoryUnavailable

__all__ = ["Made", "Manifest", "discard_unnamed", "read_manifest", "write_manifest"]

_NAME = "memory.json"
_FIRST = "edge"  # the only shard that a folder of schema 1 had


class Made(NamedTuple):
    """A shard: the embedding that its vectors come from, and the directory it lies in."""

    embedding: str
    dimension: int
    shard: str

    @classmethod
    def new(cls, of: Sequence[Any]) -> "Made":
        """A shard that is yet to be made, for the vectors of an embedding (name and dimension)."""
        return cls(str(of[0]), int(of[1]), f"{_FIRST}-{secrets.token_hex(4)}")

    @property
    def of(self) -> tuple[str, int]:
        """The fingerprint of its embedding."""
        return self.embedding, self.dimension

    def __str__(self) -> str:
        return f"{self.embedding} ({self.dimension} dimensions)"


class Manifest(NamedTuple):
    """Which shard is in use, and which one is being filled with vectors of another embedding."""

    schema: int
    used: Made
    aside: Made | None = None
    purge: bool = False
    """Whether deleted bytes have still to be removed: a purge that was broken off is taken up by the next owner."""

    def named(self) -> dict[tuple[str, int], Made]:
        """The shards by their fingerprints."""
        return {made.of: made for made in (self.used, self.aside) if made is not None}


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest; None in a folder that is new.

    Raises:
        MemoryUnavailable: it can't be read.
    """
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text("utf-8"))
        aside = _made(content["aside"]) if content.get("aside") else None
        return Manifest(int(content["schema"]), _made(content), aside, bool(content.get("purge")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MemoryUnavailable(f"the memory folder {folder} is damaged: {_NAME} can't be read") from error


def _made(content: dict[str, Any]) -> Made:
    shard = str(content.get("shard", _FIRST))
    if not _is_shard(shard):
        raise ValueError(f"{shard!r} is no shard")
    return Made(str(content["embedding"]), int(content["dimension"]), shard)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest whole or not at all; it is on the disk when this returns."""
    aside = manifest.aside._asdict() if manifest.aside else None
    content = {**manifest.used._asdict(), "schema": manifest.schema, "aside": aside, "purge": manifest.purge}
    new = folder / f"{_NAME}.new"
    with new.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / _NAME)
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)  # the rename
    finally:
        os.close(entry)


def discard_unnamed(folder: Path, manifest: Manifest | None) -> None:
    """Remove the shards that the manifest doesn't name: they were being built, or had been replaced, at a crash."""
    alive = {made.shard for made in manifest.named().values()} if manifest else set()
    for path in folder.iterdir():
        if _is_shard(path.name) and path.name not in alive and path.is_dir():
            shutil.rmtree(path)


def _is_shard(name: str) -> bool:
    return name in (_FIRST, f"{_FIRST}.new") or (name.startswith(f"{_FIRST}-") and name[len(_FIRST) + 1 :].isalnum())
