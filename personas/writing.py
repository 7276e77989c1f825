"""Files that are written whole or not at all, for their owner's eyes alone."""

import os
import tempfile
from pathlib import Path

from langgraph_roleplay.settings import make_private

__all__ = ["write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in the place of what is at `path`, with mode 0600; folders that are missing are made.

    Raises:
        OSError: it can't be written; what was there stays.
    """
    make_private(path.parent)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:40]}.", delete=False) as aside:
        try:
            aside.write(content)
            aside.flush()
            os.fsync(aside.fileno())
            Path(aside.name).replace(path)
        finally:
            Path(aside.name).unlink(missing_ok=True)
