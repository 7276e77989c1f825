"""What `roleplay cast attach|documents|detach` do."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from langgraph_roleplay.cli.counts import counted
from langgraph_roleplay.cli.harmless import print_json, visible
from langgraph_roleplay.cli.listing import print_table
from langgraph_roleplay.cli.moving import bar, library_is_there, run
from langgraph_roleplay.cli.searching import opened_library
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.documents import Document, DocumentError, load_document
from langgraph_roleplay.personas.finding import Attached
from langgraph_roleplay.settings import Settings

__all__ = ["attach_files", "detach", "print_documents"]

_WORDS = {"attached": "Attached", "replaced": "Replaced", "kept": "Nothing new in"}


def attach_files(
    character: str, paths: Sequence[Path], *, settings: Settings, timed: tuple[float | None] | None
) -> bool:
    """Attach files to a character; returns whether all could be read.

    Args:
        character: its id or name.
        paths: of the files.
        settings: say where the library is.
        timed: the story time of all that is in them; None: that of each chapter.

    Raises:
        RoleplayError: there is no such character, or the library fails.
    """
    persona = PersonaLibrary(settings.cast).get(character)
    documents = list(filter(None, map(_load, paths)))
    if timed is not None:
        documents = [document.at(timed[0]) for document in documents]
    if documents:
        run(_attach(persona, documents, settings=settings))
    return len(documents) == len(paths)


def _load(path: Path) -> Document | None:
    try:
        document = load_document(path)
    except DocumentError as error:
        sys.stderr.write(f"{visible(str(error))}\n")
        return None
    for note in document.notes:
        sys.stderr.write(f"{visible(note)}\n")
    return document


async def _attach(persona: Persona, documents: Sequence[Document], *, settings: Settings) -> None:
    async with opened_library(settings) as library:
        for document in documents:
            with bar(f"attaching {visible(document.title)}") as told:
                attached = await library.attach(persona.id, document, progress=told)
            typer.echo(visible(f"{_WORDS[attached.outcome]} {_told(attached)}, behind {persona.display_name}."))


def _told(attached: Attached) -> str:
    passages = counted(attached.passages, "passage", "passages")
    when = f" from {counted(attached.chapters, 'chapter', 'chapters')}" if attached.chapters > 1 else ""
    return f"{attached.source or attached.title} ({attached.id}): {passages}{when}"


def print_documents(character: str, *, settings: Settings, as_json: bool) -> None:
    """Print what stands behind a character.

    Raises:
        RoleplayError: there is no such character, or the library fails.
    """
    persona = PersonaLibrary(settings.cast).get(character)
    found = run(_documents(persona, settings=settings))
    if as_json:
        about = [{name: value for name, value in asdict(one).items() if name != "outcome"} for one in found]
        print_json(about)
    elif found:
        rows = [(one.id, one.title, one.source, str(one.passages), str(one.chapters)) for one in found]
        print_table(("id", "title", "file", "passages", "chapters"), rows)
    else:
        hint = f"Nothing is attached; `roleplay cast attach {persona.id} FILE` attaches a document."
        sys.stderr.write(f"{visible(hint)}\n")


async def _documents(persona: Persona, *, settings: Settings) -> list[Attached]:
    if not await library_is_there(settings):
        return []
    async with opened_library(settings) as library:
        return await library.documents(persona.id)


def detach(character: str, document: str, *, settings: Settings) -> None:
    """Take a document away from a character.

    Raises:
        RoleplayError: there is no such character or document, or the library fails.
    """
    persona = PersonaLibrary(settings.cast).get(character)
    attached = run(_detach(persona, document, settings=settings))
    said = f"Took {_told(attached)} away from {persona.display_name}; attach the file again to undo it."
    typer.echo(visible(said))


async def _detach(persona: Persona, document: str, *, settings: Settings) -> Attached:
    attached = await _documents(persona, settings=settings)
    wanted = [one for one in attached if document.casefold() in (one.id, one.title.casefold(), one.source.casefold())]
    if not wanted:
        there = f"there are {', '.join(one.id for one in attached)}" if attached else "nothing is attached"
        raise RoleplayError(f"No document {document!r} stands behind {persona.display_name}: {there}.")
    async with opened_library(settings) as library:
        await library.detach(persona.id, wanted[0].id)
    return wanted[0]
