"""Free space of the disk that a memory folder is on.

Edge maps its files into memory, and the system kills a process that writes to a mapped file on a full disk (SIGBUS).
So space is looked for before every write, and a reserve is kept free.
"""

import shutil
from pathlib import Path

from langgraph_roleplay.errors import MemoryUnavailable

__all__ = ["RESERVE", "refuse_full_disk", "size_of"]

RESERVE = 64 * 2**20
"""Bytes that are kept free."""


def refuse_full_disk(folder: Path, *, needed: int = 0) -> None:
    """Say that the disk is nearly full.

    Args:
        folder: a folder on it.
        needed: bytes that are about to be written, beside the reserve.

    Raises:
        MemoryUnavailable: it is.
    """
    free = shutil.disk_usage(folder).free
    if free >= RESERVE + needed:
        return
    kept = f"{RESERVE // 2**20} MB are kept free"
    if needed:
        raise MemoryUnavailable(
            f"the memory folder {folder} needs {needed // 2**20} MB for a copy of itself, "
            f"but its disk has {free // 2**20} MB left, and {kept}"
        )
    raise MemoryUnavailable(
        f"the memory folder {folder} is read-only now: its disk has {free // 2**20} MB left, {kept}"
    )


def size_of(folder: Path) -> int:
    """Bytes that the files in a folder take."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
