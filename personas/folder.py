"""A folder of cards and lorebooks, read again when a file changes; what can't be read hides nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.card import Lorebook, Persona
from langgraph_roleplay.personas.cards import CARD_SUFFIXES, load_persona
from langgraph_roleplay.personas.cards.json_text import read_json_leniently
from langgraph_roleplay.personas.lorebooks import load_lorebook, looks_like_lorebook
from langgraph_roleplay.personas.reading import read_bytes

__all__ = ["CardFolder", "Found", "may_be_card", "path_inside", "read_file"]

Found: TypeAlias = Persona | Lorebook | PersonaError
"""What is in a file: a character, a book, or the reason why neither."""

_Stamp = tuple[int, int, int]


class CardFolder:
    """What is in the files of a folder. Reading blocks: call it from a thread in async code."""

    def __init__(self, path: Path | None) -> None:
        """Look into `path`; None, or a folder that is not there, is an empty one."""
        self.path = path
        self._read: dict[Path, tuple[_Stamp, Found]] = {}

    def files(self) -> tuple[Path, ...]:
        """Return the files that could be cards or lorebooks, by name."""
        try:
            return self._listed()
        except OSError:
            return ()

    def missing(self) -> bool:
        """Whether the folder is not there."""
        return isinstance(self._fault(), FileNotFoundError)

    def trouble(self) -> str:
        """Why nothing can be found in a folder that is there; empty if there is no reason."""
        fault = self._fault()
        if fault is None or isinstance(fault, FileNotFoundError):
            return ""
        if isinstance(fault, NotADirectoryError):
            return f"{self.path} is not a folder."
        return f"{self.path} can't be read ({fault.strerror})."

    def all(self) -> dict[Path, Found]:
        """Read every file."""
        found = {path: self.read(path) for path in self.files()}
        for path in list(self._read):
            if path not in found:
                self._read.pop(path, None)
        return found

    def read(self, path: Path) -> Found:
        """Read one file, in this folder or elsewhere, unless it is as it was."""
        stamp = _stamp(path)
        if stamp is None:  # not kept: a server's client may ask for any number of files that are not there
            self._read.pop(path, None)
            return _found_in(path)
        known = self._read.get(path)
        if known and known[0] == stamp:
            return known[1]
        found = _found_in(path)
        self._read[path] = (stamp, found)
        return found

    def _listed(self) -> tuple[Path, ...]:
        return tuple(sorted(filter(may_be_card, self.path.iterdir()))) if self.path else ()

    def _fault(self) -> OSError | None:
        try:
            self._listed()
        except OSError as error:
            return error
        return None


def read_file(path: Path) -> Persona | Lorebook:
    """Read a card or a stand-alone lorebook, whichever it is.

    Raises:
        PersonaError: it is neither, or broken.
    """
    try:
        persona = load_persona(path)
    except PersonaError as error:
        return _read_book(path, error)
    return _read_book(path, None) if _is_book(persona) else persona


def path_inside(folder: Path | None, ref: str) -> Path | None:
    """Return the file of `folder` that a relative path leads to; None where it leads out, by a link or otherwise."""
    if folder is None or Path(ref).is_absolute() or "\\" in ref:
        return None
    try:
        path, root = (folder / ref).resolve(), folder.resolve()
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path.is_relative_to(root) and path != root else None


def _read_book(path: Path, card_error: PersonaError | None) -> Lorebook:
    try:
        return load_lorebook(path)
    except PersonaError as error:
        if card_error is None or "lorebook" in str(card_error) or _is_meant_as_book(path):
            raise
        raise card_error from error


def _found_in(path: Path) -> Found:
    try:
        return read_file(path)
    except PersonaError as error:
        return error


def _is_meant_as_book(path: Path) -> bool:
    try:
        data, _ = read_json_leniently(read_bytes(path), path.name)
    except PersonaError:
        return False
    return looks_like_lorebook(data)


def _is_book(persona: Persona) -> bool:
    """A book with a name passes for a card of the first version, in which every text may be missing."""
    entries = (persona.model_extra or {}).get("entries")
    return isinstance(entries, list | Mapping) and not persona.first_mes


def may_be_card(path: Path) -> bool:
    """Whether a file's name is one of a card or a lorebook."""
    return path.suffix.lower() in CARD_SUFFIXES and not path.name.startswith(".")


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return (status.st_mtime_ns, status.st_size, status.st_ino)
