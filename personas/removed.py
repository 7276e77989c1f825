"""Where files go that were taken out of a folder: they can be brought back."""

import re
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import make_slug
from langgraph_roleplay.personas.folder import CardFolder
from langgraph_roleplay.settings import make_private

__all__ = ["RemovedFile", "RemovedFiles"]

_VERSION = re.compile(r"(?P<id>.+)@(?P<number>[1-9]\d{0,5})", re.DOTALL)


@dataclass(frozen=True)
class RemovedFile:
    """A file that can be brought back."""

    ref: str
    """What it is brought back by: its id, and for what was removed before the last one `id@2`, `id@3` and so on."""
    path: Path
    at: datetime | None
    """When it was removed; None if the name of its folder doesn't tell."""


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

    def versions(self) -> tuple[RemovedFile, ...]:
        """Return all that can be brought back, by id, the last that was removed first.

        Raises:
            PersonaError: the folder can't be read.
        """
        by_id: dict[str, list[Path]] = {}
        for file in reversed(self._all()):
            by_id.setdefault(_id_of(file.stem), []).append(file)
        return tuple(
            RemovedFile(known if number == 1 else f"{known}@{number}", file, _removed_at(file))
            for known, files in sorted(by_id.items())
            for number, file in enumerate(files, 1)
        )

    def find(self, ref: str) -> Path:
        """Return the file that `ref` names, an id as in `versions`; `id@1` is the last, too.

        Raises:
            PersonaError: there is none, or the folder can't be read.
        """
        version = _VERSION.fullmatch(ref)
        known, number = (version["id"], int(version["number"])) if version else (ref, 1)
        wanted = _id_of(known) + (f"@{number}" if number > 1 else "")
        removed = {one.ref: one.path for one in self.versions()}
        if wanted not in removed:
            there = f"There could come back: {', '.join(removed)}." if removed else "Nothing could come back."
            raise PersonaError(f"Nothing was removed that is called {ref[:80]!r}. {there}")
        return removed[wanted]

    def latest(self) -> dict[str, Path]:
        """Return what was removed, by id; of several, the last.

        Raises:
            PersonaError: the folder can't be read.
        """
        return {_id_of(file.stem): file for file in self._all()}

    def erase(self, ref: str) -> int:
        """Delete all that was removed under the id `ref`; returns how many files.

        Raises:
            PersonaError: the folder can't be read, or a file can't be deleted.
        """
        files = [file for file in self._all() if _id_of(file.stem) == _id_of(ref)]
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

    def bring_back(self, file: Path, folder: Path) -> tuple[Path, tuple[Path, ...]]:
        """Move a file that `find` gave back into `folder`; what has its id there comes here in turn.

        Returns:
            Where it is now, and the files that it took the place of.

        Raises:
            PersonaError: a file can't be moved.
        """
        # Of two files of one id one hides the other, whatever their suffixes are.
        standing = tuple(path for path in CardFolder(folder).files() if _id_of(path.stem) == _id_of(file.stem))
        for path in standing:
            self.take(path)
        target = folder / file.name
        try:
            make_private(folder)
            shutil.move(file, target)
            file.parent.rmdir()
        except OSError as error:
            raise PersonaError(f"{file.name}: can't be moved to {folder} ({error.strerror}).") from error
        return target, standing


def _id_of(name: str) -> str:
    """The slug of a name, or the name itself where nothing of it can be in a slug."""
    return make_slug(name) or name


def _removed_at(file: Path) -> datetime | None:
    stamp = file.parent.name.partition("-")[0]
    try:
        return datetime.fromtimestamp(int(stamp) / 1e9, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
