"""What an owner left behind when it left in order: the size of every file of the shards.

Edge rewrites files while it loads, before it notices a damaged one, and takes some cut-off files for whole. So a
folder that was left in order is compared with its inventory first, and a damaged one is not touched.
"""

import json
from pathlib import Path

__all__ = ["INVENTORY", "find_damage", "take_inventory"]

INVENTORY = "edge.files.json"


def take_inventory(folder: Path) -> None:
    """Write down the files of the shards; nobody may have them open."""
    (folder / INVENTORY).write_text(json.dumps(_sizes(folder), indent=0), "utf-8")


def find_damage(folder: Path) -> str | None:
    """Name a file that is not as it was left; None if all are, or if the last owner was killed and left no list.

    Raises:
        ValueError: the list itself is damaged.
    """
    path = folder / INVENTORY
    if not path.exists():
        return None
    left, found = json.loads(path.read_text("utf-8")), _sizes(folder)
    return next((name for name in sorted({*left, *found}) if left.get(name) != found.get(name)), None)


def _sizes(folder: Path) -> dict[str, int]:
    shards = [path for path in folder.iterdir() if path.is_dir() and path.name.startswith("edge")]
    files = (path for shard in shards for path in shard.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
