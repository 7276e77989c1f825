"""Where cards go that were taken out of the folder: they can be brought back."""

import secrets
import shutil
import time
from pathlib import Path

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import make_slug
from langgraph_roleplay.settings import make_private

__all__ = ["RemovedCards"]


class RemovedCards:
    """A folder with a folder for each card that was removed, so that no two versions meet."""

    def __init__(self, path: Path) -> None:
        """Keep them under `path`, which need not be there."""
        self._path = path

    def take(self, file: Path) -> None:
        """Move `file` here.

        Raises:
            PersonaError: it can't be moved.
        """
        place = self._path / f"{time.time_ns()}-{secrets.token_hex(2)}"
        try:
            make_private(place)
            shutil.move(file, place / file.name)
        except OSError as error:
            raise PersonaError(f"{file.name}: can't be moved to {self._path} ({error.strerror}).") from error

    def latest(self) -> dict[str, Path]:
        """Return what was removed, by id: the slug of the file's name. Of several, the last."""
        places = sorted(self._path.iterdir()) if self._path.is_dir() else []
        removed = [file for place in places if place.is_dir() for file in place.iterdir()]
        return {make_slug(file.stem): file for file in removed}

    def bring_back(self, ref: str, folder: Path) -> Path:
        """Move what was removed last under the id `ref` back into `folder`; returns where it is.

        Raises:
            PersonaError: nothing was removed under this id, its place is taken, or it can't be moved.
        """
        removed = self.latest()
        file = removed.get(make_slug(ref))
        if file is None:
            there = f"There could come back: {', '.join(sorted(removed))}." if removed else "Nothing could come back."
            raise PersonaError(f"Nothing was removed that is called {ref[:80]!r}. {there}")
        target = folder / file.name
        if target.exists():
            raise PersonaError(f"{target} is there already: remove or rename it first.")
        try:
            make_private(folder)
            shutil.move(file, target)
            file.parent.rmdir()
        except OSError as error:
            raise PersonaError(f"{file.name}: can't be moved to {folder} ({error.strerror}).") from error
        return target
