"""Files that are written whole or not at all, for their owner's eyes alone."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph_roleplay.settings import make_private

__all__ = ["write_new", "write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` in the place of what is at `path`, with mode 0600; folders that are missing are made.

    Raises:
        OSError: it can't be written; what was there stays.
    """
    with _written_aside(path, content) as aside:
        aside.replace(path)


def write_new(path: Path, content: bytes) -> bool:
    """Put `content` at `path` where nothing is, with mode 0600; of several who try at once one succeeds.

    Returns:
        Whether it is written; if not, something is at `path`, and stays.

    Raises:
        OSError: it can't be written.
    """
    with _written_aside(path, content) as aside:
        try:
            _link(aside, path)
        except FileExistsError:
            return False
    return True


def _link(aside: Path, path: Path) -> None:
    try:
        os.link(aside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        path.touch(mode=0o600, exist_ok=False)
        aside.replace(path)


@contextmanager
def _written_aside(path: Path, content: bytes) -> Iterator[Path]:
    make_private(path.parent)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:40]}.", delete=False) as aside:
        try:
            aside.write(content)
            aside.flush()
            os.fsync(aside.fileno())
            yield Path(aside.name)
        finally:
            Path(aside.name).unlink(missing_ok=True)
