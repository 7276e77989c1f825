"""The files of the user's personas: one each, and what was removed beside them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.users.persona import UserPersona
from langgraph_roleplay.personas.writing import write_whole

__all__ = ["UserFiles"]

_T = TypeVar("_T")
_LARGEST = 100_000
"""Bytes of a file."""
_REMOVED = re.compile(r"([^.]+)\.\d{8}T\d{12}\.removed")
"""Id and when it was removed, so that nothing that was removed earlier is overwritten."""


class UserFiles:
    """A folder of personas by id; ids are slugs, so none leads out of it. Every error is a PersonaError."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which is made when something is written."""
        self._folder = folder

    def ids(self) -> list[str]:
        """Ids of those that are there."""
        return sorted(path.stem for path in self._glob("*.json") if not path.name.startswith("."))

    def removed_ids(self) -> list[str]:
        """Ids under which something was removed, whether or not there is another one now."""
        named = (_REMOVED.fullmatch(path.name) for path in self._glob("*.removed"))
        return sorted({found[1] for found in named if found})

    def exists(self, known: str) -> bool:
        """Whether there is one with this id."""
        return known in self.ids()

    def read(self, known: str) -> UserPersona:
        """Read the one with this id."""
        return self._read(self._path(known), known)

    def read_removed(self, known: str) -> UserPersona:
        """Read the one that was removed last under this id."""
        return self._read(self._aside(known)[-1], known)

    def write(self, user: UserPersona) -> UserPersona:
        """Write it in the place of what was there; returns it."""
        self._attempt(lambda: write_whole(self._path(user.id), user.to_json()), "written")
        return user

    def set_aside(self, known: str) -> None:
        """Take it out of the list, and keep it."""
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        self._attempt(lambda: self._path(known).replace(self._folder / f"{known}.{stamp}.removed"), "removed")

    def bring_back(self, known: str) -> None:
        """Put the one that was removed last in its place again."""
        self._attempt(lambda: self._aside(known)[-1].replace(self._path(known)), "restored")

    def erase(self, known: str) -> int:
        """Delete it and all that was removed under its id; returns how many files."""
        files = [path for path in (self._path(known), *self._aside(known)) if path.exists()]
        for path in files:
            self._attempt(path.unlink, "deleted")
        return len(files)

    def _path(self, known: str) -> Path:
        return self._folder / f"{known}.json"

    def _aside(self, known: str) -> list[Path]:
        """Oldest first."""
        named = ((path, _REMOVED.fullmatch(path.name)) for path in self._glob("*.removed"))
        return [path for path, found in named if found and found[1] == known]

    def _glob(self, pattern: str) -> list[Path]:
        return self._attempt(lambda: sorted(self._folder.glob(pattern)), "listed")

    def _read(self, path: Path, known: str) -> UserPersona:
        content = self._attempt(lambda: _read_some(path), "read")
        if len(content) > _LARGEST:
            raise PersonaError(f"{known!r}: its file is larger than {_LARGEST // 1000} kB; mend it, or remove it.")
        return UserPersona.from_json(known, content)

    def _attempt(self, action: Callable[[], _T], what: str) -> _T:
        try:
            return action()
        except OSError as error:
            reason = error.strerror or error
            raise PersonaError(f"Who you can be, in {self._folder}, can't be {what} ({reason}).") from error


def _read_some(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)
