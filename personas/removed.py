"""Where files go that were taken out of a folder: they can be brought back."""

import secrets
import shutil
import time
from pathlib import Path

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import make_slug
from langgraph_roleplay.personas.folder import CardFolder
from langgraph_roleplay.settings import make_private

__all__ = ["RemovedFiles"]


class RemovedFiles:
    """A folder with a folder for each file that was removed, so that no two versions meet.

    What is removed goes by its id, which is the slug of its file's name.
    """

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
        """Return what was removed, by id; of several, the last.

        Raises:
            PersonaError: the folder can't be read.
        """
        return {make_slug(file.stem): file for file in self._all()}

    def erase(self, ref: str) -> int:
        """Delete all that was removed under the id `ref`; returns how many files.

        Raises:
            PersonaError: the folder can't be read, or a file can't be deleted.
        """
        files = [file for file in self._all() if make_slug(file.stem) == make_slug(ref)]
        for file in files:
            try:
                file.unlink()
                file.parent.rmdir()
            except OSError as error:
                raise PersonaError(f"{file} can't be deleted ({error.strerror}).") from error
        return len(files)

    def _all(self) -> list[Path]:
        """Oldest first."""
        try:
            places = sorted(self._path.iterdir()) if self._path.is_dir() else []
            return [file for place in places if place.is_dir() for file in place.iterdir()]
        except OSError as error:
            raise PersonaError(f"What was removed, in {self._path}, can't be listed ({error.strerror}).") from error

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
        # Of two files of one id one hides the other, whatever their suffixes are.
        taken = [path for path in CardFolder(folder).files() if make_slug(path.stem) == make_slug(file.stem)]
        if taken:
            raise PersonaError(f"{taken[0]} is there already: remove or rename it first.")
        target = folder / file.name
        try:
            make_private(folder)
            shutil.move(file, target)
            file.parent.rmdir()
        except OSError as error:
            raise PersonaError(f"{file.name}: can't be moved to {folder} ({error.strerror}).") from error
        return target
