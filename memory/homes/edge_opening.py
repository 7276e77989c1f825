"""What is looked at before a memory folder is touched: is it ours, is it whole, which embedding was it made with."""

from pathlib import Path
from typing import Any

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory.homes.edge_inventory import find_damage
from langgraph_roleplay.memory.homes.edge_manifest import Made, Manifest, read_manifest
from langgraph_roleplay.memory.homes.edge_wire import PROTOCOL

__all__ = ["find_made", "read_folder", "refuse_damage", "refuse_version"]


def refuse_version(folder: Path, request: dict[str, Any]) -> None:
    """Refuse a client that speaks another version.

    Raises:
        MemoryUnavailable: it does.
    """
    if request["protocol"] != PROTOCOL:
        raise MemoryUnavailable(
            f"another version of this program has the memory folder {folder} open: close that one first"
        )


def read_folder(folder: Path, *, schema: int) -> Manifest | None:
    """The manifest; None in a folder that nothing was written to yet.

    Raises:
        MemoryUnavailable: it can't be read, or is of a newer schema.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        return None
    if manifest.schema > schema:
        raise MemoryUnavailable(
            f"the memory folder {folder} has schema {manifest.schema}, this version reads up to {schema}: upgrade"
        )
    # Schema 1 wrote its manifest before its shard.
    if manifest.schema == 1 and not (folder / manifest.used.shard).exists():
        return None
    return manifest


def refuse_damage(folder: Path, manifest: Manifest) -> None:
    """Refuse a folder that is not as its last owner left it.

    Raises:
        MemoryUnavailable: a file is missing or cut off.
    """
    missing = (made.shard for made in manifest.named().values() if not (folder / made.shard / "segments").is_dir())
    if damaged := next(missing, None) or find_damage(folder):
        raise MemoryUnavailable(f"the memory folder {folder} is damaged: {damaged} is not as it was left")


def find_made(folder: Path, manifest: Manifest, of: list[Any] | None, *, aside: bool) -> Made:
    """The shard whose vectors come from the embedding that a client brings; None: the one in use.

    Raises:
        MemoryUnavailable: there is none.
    """
    if of is None:
        return manifest.used
    shelf = manifest.named() if aside else {manifest.used.of: manifest.used}
    found = shelf.get((str(of[0]), int(of[1])))
    if found is None:
        raise MemoryUnavailable(
            f"the memory folder {folder} was made with the embedding {manifest.used}, but {Made.new(of)} is "
            "set: set the one it was made with, or another folder, or embed it anew with `roleplay memory reindex`"
        )
    return found
