"""`roleplay cast import`: file after file, one line each, and below it what to know of it."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from langgraph_roleplay.cli.cast_remove import removed_cards
from langgraph_roleplay.cli.cast_worlds import worlds_after_import
from langgraph_roleplay.cli.counts import counted
from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.folder import may_be_card
from langgraph_roleplay.personas.importing import CardImporter, Imported
from langgraph_roleplay.personas.library import built_in_cast
from langgraph_roleplay.personas.warnings import flags
from langgraph_roleplay.settings import Settings

__all__ = ["import_files"]

_MANY = 20
"""Files from which on a bar tells how far it is."""
_SHOWN = 3
"""Notices, and flags, of a card that are told."""


def import_files(paths: Sequence[Path], *, settings: Settings, recursive: bool, replace: bool, as_id: str = "") -> bool:
    """Import all that can be read; says whether that was everything.

    Args:
        paths: files, and folders of them.
        settings: where they go.
        recursive: whether to look into folders in folders.
        replace: whether a card may take the place of another one of its id.
        as_id: what a single file is to be called.

    Raises:
        typer.BadParameter: an id for several files.
    """
    importer = CardImporter(settings.cast, removed=removed_cards(settings), replace=replace)
    files = [file for path in paths for file in _files_at(path, recursive=recursive)]
    if not files:
        sys.stderr.write("Nothing to import there: no PNG, APNG, JSON, CHARX or JPEG.\n")
        return False
    if as_id and len(files) > 1:
        raise typer.BadParameter("an id is for one file, these are more.", param_hint="--id")
    done = []
    for file in _counted_off(files):
        try:
            done.append(importer.take(file, as_id=as_id))
        except PersonaError as error:
            sys.stderr.write(visible(_one_line(f"not imported: {error}")) + "\n")
        else:
            sys.stdout.writelines(f"{visible(line)}\n" for line in _told(file, done[-1]))
    for hint in worlds_after_import(done, PersonaLibrary(settings.cast)):
        sys.stderr.write(visible(typeable(hint)) + "\n")
    failed = len(files) - len(done)
    if len(files) > 1:
        sys.stderr.write(visible(_summary(done, failed, settings.cast)) + "\n")
    elif done and done[0].status != "there":
        sys.stderr.write(visible(typeable(_what_next(done[0]))) + "\n")
    return not failed


def _summary(done: Sequence[Imported], failed: int, folder: Path) -> str:
    there = sum(one.status == "there" for one in done)
    parts = [f"{counted(len(done) - there, 'file', 'files')} imported into {folder}"]
    parts += [f"{there} already there"] if there else []
    parts += [f"{failed} not imported"] if failed else []
    return f"{', '.join(parts)}."


def _files_at(path: Path, *, recursive: bool) -> list[Path]:
    """The file itself, whatever it is called; of a folder those that could be cards."""
    path = path.expanduser()
    if not path.is_dir():
        return [path]
    found = path.rglob("*") if recursive else path.iterdir()
    return sorted(file for file in found if may_be_card(file) and file.is_file())


def _counted_off(files: Sequence[Path]) -> Iterator[Path]:
    console = Console(stderr=True)
    with Progress(
        TextColumn("importing"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        disable=not console.is_terminal or len(files) < _MANY,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    ) as progress:
        yield from progress.track(files)


def _told(file: Path, done: Imported) -> Iterator[str]:
    """A line, and below it, indented, one for each remark."""
    yield _one_line(f"{file.name}: {_status(done)}")
    yield from (f"  {typeable(_one_line(remark))}" for remark in _remarks(done))


def _status(done: Imported) -> str:
    if done.status == "there":
        return f"already there as {done.id}"
    kind = "" if isinstance(done.content, Persona) else "lorebook "
    return f"{'replaced' if done.status == 'replaced' else 'imported as'} {kind}{done.id}"


def _remarks(done: Imported) -> Iterator[str]:
    if done.status == "there":
        return
    if done.id != done.wanted_id:
        yield f"another card is called {done.wanted_id} (--replace takes its place)"
    elif any(persona.id == done.id for persona in built_in_cast()):
        yield f"it hides the built-in {done.id}"
    if isinstance(done.content, Persona):
        yield from _first(done.content.notices, done.id)
        yield from _first(flags(done.content), done.id)


def _first(remarks: Sequence[str], card_id: str) -> Iterator[str]:
    yield from remarks[:_SHOWN]
    if len(remarks) > _SHOWN:
        yield f"and {len(remarks) - _SHOWN} more: roleplay cast show {card_id}"


def _what_next(done: Imported) -> str:
    return f"roleplay chat {done.id}" if isinstance(done.content, Persona) else f"roleplay chat --lorebook {done.id}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
