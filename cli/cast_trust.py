"""`roleplay cast trust`: which cards may give orders; the operator sees them first."""

import typer

from langgraph_roleplay.cli.asking import agreed
from langgraph_roleplay.cli.harmless import visible
from langgraph_roleplay.cli.listing import print_table
from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.trust import TrustedCards, orders_of
from langgraph_roleplay.settings import Settings

__all__ = ["print_trusted", "revoke_trust", "trust"]


def trust(ref: str, settings: Settings, *, yes: bool) -> None:
    """Show what a card would order and let it, if the operator agrees.

    Raises:
        PersonaError: there is no such card, or it has no orders.
        SettingsError: the list of trusted cards can't be read or written.
    """
    persona = PersonaLibrary(settings.cast).get(ref)
    trusted, orders = TrustedCards(settings.trusted), orders_of(persona)
    if not orders:
        raise PersonaError(f"{persona.display_name} ({persona.id}) gives no instructions: there is nothing to trust.")
    if trusted.allows(persona):
        typer.echo(visible(f"{persona.id} ({persona.hash}) is trusted already."))
        return
    for field, text in orders.items():
        typer.echo(f"{typer.style(field, bold=True)}\n{visible(text.strip())}\n")
    if not agreed(f"Let the card of {persona.display_name} give these instructions?", yes=yes):
        typer.echo("It stays untrusted.")
        return
    trusted.trust(persona)
    typer.echo(visible(_trusted_now(persona)))


def revoke_trust(ref: str, settings: Settings) -> None:
    """Take trust back from all versions of a card.

    Raises:
        PersonaError: nothing of this name is trusted.
        SettingsError: the list of trusted cards can't be read or written.
    """
    gone = TrustedCards(settings.trusted).revoke(ref)
    if not gone and ref not in settings.trusted_cards:
        raise PersonaError(f"No trusted card is called {ref[:80]!r}; `roleplay cast trust --list` shows them.")
    for card in gone:
        typer.echo(visible(f"{card.id} ({card.hash}) is not trusted any more."))
    for digest in settings.trusted_cards & {ref, *(card.digest for card in gone)}:
        typer.echo(f"{digest} is still in ROLEPLAY_TRUSTED_CARDS.", err=True)


def print_trusted(settings: Settings) -> None:
    """List the trusted cards.

    Raises:
        SettingsError: the list can't be read.
    """
    cards = TrustedCards(settings.trusted).list()
    there = {persona.digest for persona in PersonaLibrary(settings.cast).list()}
    rows = [
        (card.id, card.name, card.date[:10], "" if card.digest in there else "edited or gone", card.digest)
        for card in cards
    ]
    rows += [("", "", "", "ROLEPLAY_TRUSTED_CARDS", known) for known in sorted(settings.trusted_cards)]
    if not rows:
        typer.echo("No card is trusted.", err=True)
        return
    print_table(("id", "name", "since", "", "digest"), rows)


def _trusted_now(persona: Persona) -> str:
    back = typeable(f"roleplay cast trust --revoke {persona.id}")
    return f"{persona.id} ({persona.hash}) is trusted until its card is edited; to take it back: {back}"
