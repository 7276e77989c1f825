"""The files of the user's personas: one each, and what was removed in a folder beside them."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.removed import RemovedFiles
from langgraph_roleplay.personas.users.persona import UserPersona
from langgraph_roleplay.personas.writing import write_new, write_whole

__all__ = ["UserFiles"]

_T = TypeVar("_T")
_LARGEST = 100_000
"""Bytes of a file."""


class UserFiles:
    """A folder of personas by id; ids are slugs, so none leads out of it. Every error is a PersonaError."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which is made when something is written."""
        self._folder = folder
        self._removed = RemovedFiles(folder / "removed")

    def ids(self) -> list[str]:
        """Ids of those that are there."""
        files = self._attempt(lambda: list(self._folder.glob("*.json")), "listed")
        return sorted(path.stem for path in files if not path.name.startswith("."))

    def removed_ids(self) -> list[str]:
        """Ids under which something was removed, whether or not there is another one now."""
        return sorted(self._removed.latest())

    def exists(self, known: str) -> bool:
        """Whether there is one with this id."""
        return known in self.ids()

    def read(self, known: str) -> UserPersona:
        """Read the one with this id."""
        return self._read(self._path(known), known)

    def read_removed(self, known: str) -> UserPersona:
        """Read the one that was removed last under this id."""
        return self._read(self._removed.latest()[known], known)

    def write(self, user: UserPersona) -> UserPersona:
        """Write it in the place of what was there; returns it."""
        self._attempt(lambda: write_whole(self._path(user.id), user.to_json()), "written")
        return user

    def add(self, user: UserPersona) -> bool:
        """Write it where nothing is; whether its id was still free."""
        return self._attempt(lambda: write_new(self._path(user.id), user.to_json()), "written")

    def set_aside(self, known: str) -> None:
        """Take it out of the list, and keep it."""
        self._removed.take(self._path(known))

    def bring_back(self, known: str) -> None:
        """Put the one that was removed last in its place again."""
        self._removed.bring_back(self._removed.find(known), self._folder)

    def erase(self, known: str) -> int:
        """Delete it and all that was removed under its id; returns how many files."""
        there = self.exists(known)
        if there:
            self._attempt(self._path(known).unlink, "deleted")
        return there + self._removed.erase(known)

    def _path(self, known: str) -> Path:
        return self._folder / f"{known}.json"

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
