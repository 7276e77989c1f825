"""`roleplay cast`: who there is to talk to."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from langgraph_roleplay.personas import Persona

__all__ = ["cast_app"]

cast_app = typer.Typer(help="Who there is to talk to.", no_args_is_help=True)


@cast_app.command("list")
def list_cast() -> None:
    """List the characters: the built-in ones and those of ROLEPLAY_PERSONAS."""
    from langgraph_roleplay.cli.listing import print_table, shortened  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.personas import PersonaLibrary  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    library = PersonaLibrary(read_settings().personas)
    rows = [
        (persona.id, persona.display_name, persona.language, shortened(_blurb(persona), 90))
        for persona in library.list()
    ]
    print_table(("id", "name", "language", "who"), rows)
    for reason in library.broken().values():
        sys.stderr.write(f"left out: {reason}\n")


@cast_app.command("show")
def show_persona(
    name: Annotated[str, typer.Argument(help="An id, a name, or the path of a card.")],
) -> None:
    """Show one character's card."""
    from langgraph_roleplay.cli.terminal import visible  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.personas import PersonaLibrary  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.settings import read_settings  # noqa: PLC0415 - keeps --help quick

    persona = PersonaLibrary(read_settings().personas).get(name)
    for title, text in _sections(persona):
        if text.strip():
            typer.echo(f"{typer.style(title, bold=True)}\n{visible(text.strip())}\n")


def _blurb(persona: "Persona") -> str:
    from langgraph_roleplay.personas import substitute  # noqa: PLC0415 - keeps --help quick

    return substitute(persona.description, char=persona.display_name, user="you")


def _sections(persona: "Persona") -> Iterator[tuple[str, str]]:
    from langgraph_roleplay.cli.naming import typeable  # noqa: PLC0415 - keeps --help quick
    from langgraph_roleplay.personas import substitute  # noqa: PLC0415 - keeps --help quick

    texts = {
        "Description": persona.description,
        "Personality": persona.personality,
        "Scenario": persona.scenario,
        **{f"Greeting {number}": text for number, text in enumerate(persona.greetings, 1)},
        **{f"Example {number}": text for number, text in enumerate(persona.examples, 1)},
    }
    book = persona.character_book
    lore = [f"{', '.join(entry.keys) or entry.name}: {entry.content}" for entry in book.entries] if book else []
    yield f"{persona.display_name} ({persona.id})", f"language {persona.language}, card {persona.hash}"
    yield "Notes", persona.creator_notes
    for title, text in (texts | {"Lore": "\n".join(lore)}).items():
        yield title, substitute(text, char=persona.display_name, user="you")
    yield "Talk", typeable(f"roleplay chat {persona.id}")
