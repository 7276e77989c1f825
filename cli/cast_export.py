"""`roleplay cast export`: a card or a lorebook as a file for other programs."""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import typer

from langgraph_roleplay.cli.cast_show import find_card
from langgraph_roleplay.cli.harmless import visible, visible_json
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import Lorebook, Persona, PersonaLibrary, make_slug
from langgraph_roleplay.personas.cards import save_persona
from langgraph_roleplay.personas.cards.versions import Spec
from langgraph_roleplay.personas.lorebooks import Form, save_lorebook
from langgraph_roleplay.settings import Settings

__all__ = ["export"]

_JPEG = frozenset({".jpg", ".jpeg"})
_PNG = frozenset({".png", ".apng"})


def export(
    ref: str, *, to: str | None, spec: Spec, form: Form, picture: Path | None, replace: bool, settings: Settings
) -> None:
    """Write the character or lorebook that `ref` names.

    Args:
        ref: id, name or path.
        to: the file; `-` is JSON on stdout; None is a file in this folder that is called like the id.
        spec: version of a character's card.
        form: format of a lorebook.
        picture: what to put a card into; None is the picture that it has.
        replace: whether a file that is there may be replaced.
        settings: where the folder is.

    Raises:
        PersonaError: there is none, its file is there already, or it can't be written.
    """
    found = find_card(ref, PersonaLibrary(settings.cast))
    if to == "-":
        _write_to_stdout(found, spec, form)
        return
    target = Path(to).expanduser() if to else Path(_own_name(found, ref))
    _check_place(target, replace=replace)
    if isinstance(found, Lorebook):
        _write_book(found, target, form)
    else:
        _write_card(found, target, spec, picture.expanduser() if picture else None)
    typer.echo(visible(f"Exported to {target}."))


def _check_place(target: Path, *, replace: bool) -> None:
    if not target.parent.is_dir():
        raise PersonaError(f"{target.parent} is no folder: make it first, or export to another one.")
    if target.exists() and not replace:
        raise PersonaError(f"{target} is there already; give another name, or replace it with --replace.")


def _own_name(found: Persona | Lorebook, ref: str) -> str:
    if isinstance(found, Lorebook):
        return f"{make_slug(Path(ref).stem) or 'lorebook'}.json"
    origin = found.origin.path
    return f"{found.id}{origin.suffix.lower() if origin else '.json'}"


def _write_book(book: Lorebook, target: Path, form: Form) -> None:
    if target.suffix.lower() != ".json":
        raise PersonaError(f"{target.name}: a lorebook is written as .json.")
    save_lorebook(book, target, form=form)


def _write_card(persona: Persona, target: Path, spec: Spec, picture: Path | None) -> None:
    notices: tuple[str, ...] = ()
    if target.suffix.lower() in _JPEG:
        own = persona.origin.path
        if picture is None and (own is None or own.suffix.lower() not in _JPEG):
            raise PersonaError(f"{target.name}: a JPEG to put the card behind is needed: --picture FILE.jpg")
        if own is not None and own.suffix.lower() in _PNG:
            notices = (f"The picture of {own.name} stays behind: the JPEG takes its place.",)
    _warn((*save_persona(persona, target, spec=spec, picture=picture), *notices))


def _write_to_stdout(found: Persona | Lorebook, spec: Spec, form: Form) -> None:
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "card.json"
        if isinstance(found, Lorebook):
            save_lorebook(found, aside, form=form)
        else:
            _write_card(found, aside, spec, None)
        sys.stdout.write(visible_json(aside.read_text(encoding="utf-8")))


def _warn(notices: Iterable[str]) -> None:
    for notice in notices:
        typer.echo(visible(notice), err=True)
