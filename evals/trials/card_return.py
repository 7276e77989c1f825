"""What was read is written and read again: nobody should be left with a file of ours that we refuse."""

from pathlib import Path

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import Persona, load_persona, save_persona
from langgraph_roleplay.personas.card import Lorebook
from langgraph_roleplay.personas.lorebooks import load_lorebook, save_lorebook

__all__ = ["fault_of_return", "load_either"]

_WORLD = "world.json"


def load_either(path: Path) -> Persona | Lorebook:
    """Load the world of a file of that name, the card of any other; raises PersonaError."""
    return load_lorebook(path) if path.name == _WORLD else load_persona(path)


def fault_of_return(found: Persona | Lorebook, folder: Path) -> str:
    """Return what is wrong with the file that we write of it, or nothing.

    That it can't be written is nothing wrong, as long as it is said in a sentence.

    Args:
        found: what was loaded.
        folder: an empty one, for the file.
    """
    names = ("again.json", "again.png") if isinstance(found, Persona) else ("again.json", _WORLD)
    return next(filter(None, (_fault_of_file(found, folder / name) for name in names)), "")


def _fault_of_file(found: Persona | Lorebook, path: Path) -> str:
    try:
        _save(found, path)
    except PersonaError as error:
        return "" if ": " in str(error) else f"{path.name}: says no place: {error}"
    try:
        again = load_persona(path) if isinstance(found, Persona) else load_lorebook(path)
    except PersonaError as error:
        return f"We refuse what we wrote: {error}"
    # Assets move to other addresses in a picture, and the card says which.
    is_same = path.suffix == ".png" or _known_by(again) == _known_by(found)
    return "" if is_same else f"{path.name}: came back as another."


def _save(found: Persona | Lorebook, path: Path) -> None:
    if isinstance(found, Persona):
        save_persona(found, path)
    else:
        save_lorebook(found, path, form="world_info" if path.name == _WORLD else "lorebook_v3")


def _known_by(found: Persona | Lorebook) -> str:
    return found.digest if isinstance(found, Persona) else found.model_dump_json(include={"entries"})
