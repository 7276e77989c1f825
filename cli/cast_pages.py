"""`roleplay cast list`: everybody and every book there is, as a table or as JSON."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from langgraph_roleplay.cli.counts import counted
from langgraph_roleplay.cli.harmless import print_json, visible
from langgraph_roleplay.cli.listing import print_table, shortened
from langgraph_roleplay.personas import Lorebook, Persona, PersonaLibrary, make_slug, substitute
from langgraph_roleplay.personas.lore.budget import estimate
from langgraph_roleplay.settings import Settings

__all__ = ["Listed", "cast_rows", "persona_tokens", "print_cast"]

_BLURB = 70


@dataclass(frozen=True)
class Listed:
    """A character or lorebook in the list."""

    id: str
    name: str
    kind: str
    """`character` or `lorebook`."""
    source: str
    """`yours` or `built-in`."""
    file: str | None
    tokens: int
    """Roughly, of all its texts that can come into a prompt."""
    language: str | None
    about: str


def print_cast(settings: Settings, *, as_json: bool) -> None:
    """Print the characters, then the lorebooks; what is broken goes to stderr."""
    library = PersonaLibrary(settings.cast)
    rows = list(cast_rows(library))
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        cells = [
            (row.id, row.name, row.kind, row.source, str(row.tokens), row.language or "", shortened(row.about, _BLURB))
            for row in rows
        ]
        columns = ("id", "name", "kind", "source", "tokens", "language", "about")
        print_table(columns, cells, details=("language", "tokens", "source", "kind"))
    if settings.personas and library.folder.missing():
        sys.stderr.write(f"ROLEPLAY_PERSONAS={visible(str(settings.personas))} is not there yet.\n")
    for reason in library.broken().values():
        sys.stderr.write(f"left out: {visible(reason)}\n")


def cast_rows(library: PersonaLibrary) -> Iterator[Listed]:
    """Everybody of the library, the user's own first, then the lorebooks."""
    files = {id(found): path for path, found in library.folder.all().items()}
    for persona in library.list():
        path = files.get(id(persona))
        yield Listed(
            id=persona.id,
            name=persona.display_name,
            kind="character",
            source="yours" if path else "built-in",
            file=str(path) if path else None,
            tokens=persona_tokens(persona),
            language=persona.language,
            about=_first_words(persona),
        )
    for path, book in library.folder.all().items():
        if isinstance(book, Lorebook):
            yield _book_row(book, make_slug(path.stem), str(path))


def persona_tokens(persona: Persona) -> int:
    """Tokens of the texts that stand in every prompt, roughly."""
    texts = (persona.description, persona.personality, persona.scenario, persona.first_mes, persona.mes_example)
    return sum(map(estimate, texts))


def _book_row(book: Lorebook, book_id: str, file: str) -> Listed:
    return Listed(
        id=book_id,
        name=book.name or book_id,
        kind="lorebook",
        source="yours",
        file=file,
        tokens=sum(estimate(entry.content) for entry in book.entries),
        language=None,
        about=book.description or counted(len(book.entries), "entry", "entries"),
    )


def _first_words(persona: Persona) -> str:
    return substitute(persona.description, char=persona.display_name, user="you")
