"""Model weights on disk: which there are, where one is, and removing one."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import portalocker

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models.spec import EMBEDDED
from langgraph_roleplay.settings import Settings, make_private

__all__ = ["SMOLLM2", "ModelFile", "check_gguf", "list_models", "model_path", "remove_model", "writing"]

SMOLLM2 = "smollm2"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAGIC = b"GGUF"
_LOCK_SECONDS = 3600
_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EROFS: "it is read-only",
}


class ModelFile(NamedTuple):
    """Weights that were pulled."""

    name: str
    """What stands after `embedded:`."""
    bytes: int
    path: Path
    default: bool
    """Whether `ROLEPLAY_MODEL` means this one."""


def list_models(settings: Settings) -> list[ModelFile]:
    """The weights in `settings.weights`, by name."""
    return [
        ModelFile(path.stem, path.stat().st_size, path, settings.model == f"{EMBEDDED}:{path.stem}")
        for path in sorted(settings.weights.glob("*.gguf"))
    ]


def model_path(name: str, *, settings: Settings) -> Path:
    """Where the weights called `name` are, or would be.

    Raises:
        ModelError: `name` is not a plain name, so that nothing outside the weights folder is ever meant.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(f"{name!r} can't name a model: use letters, digits, dots, dashes and underscores.")
    return settings.weights / f"{name}.gguf"


def remove_model(name: str, *, settings: Settings) -> Path:
    """Delete the weights called `name`, and say where they were.

    Raises:
        ModelError: there are none, or they can't be deleted.
    """
    path = model_path(name, settings=settings)
    with writing(settings.weights):
        if not path.is_file():
            raise ModelError(f"There is no model {name!r}; there are: {_names(settings)}.")
        path.unlink()
    return path


def check_gguf(path: Path) -> None:
    """Raise ModelError unless `path` is a GGUF file."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror}.") from error
    if magic != _MAGIC:
        raise ModelError(f"{path} is not a GGUF file.")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the weights folder alone among all processes; what the disk refuses becomes a ModelError."""
    try:
        make_private(folder)
        with portalocker.Lock(folder / ".lock", timeout=_LOCK_SECONDS):
            yield
    except portalocker.LockException as error:
        raise ModelError(f"Another process has been busy in {folder} for an hour; try again later.") from error
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise ModelError(
            f"Can't write to {folder}: {reason}; set ROLEPLAY_HOME to a folder that can be written."
        ) from error


def _names(settings: Settings) -> str:
    return ", ".join(model.name for model in list_models(settings)) or "none"
