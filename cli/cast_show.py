"""`roleplay cast show`: a card as text. Nothing is rendered: markup, HTML and control characters stay harmless."""

import locale
from collections.abc import Iterator

import typer

from langgraph_roleplay.cli.cast_pages import persona_tokens
from langgraph_roleplay.cli.cast_worlds import missing_worlds
from langgraph_roleplay.cli.counts import counted
from langgraph_roleplay.cli.harmless import print_json, visible
from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas import Asset, Lorebook, LoreEntry, Persona, PersonaLibrary, substitute
from langgraph_roleplay.personas.lore import compile_lore
from langgraph_roleplay.personas.trust import is_trusted, orders_of
from langgraph_roleplay.personas.warnings import flags
from langgraph_roleplay.personas.worlds import has_world, world_named
from langgraph_roleplay.settings import Settings

__all__ = ["find_card", "notes_of", "print_card"]

_Section = tuple[str, str]


def print_card(ref: str, settings: Settings, *, as_json: bool) -> None:
    """Print a character or a lorebook.

    Raises:
        PersonaError: there is none of this name, or it is broken.
    """
    library = PersonaLibrary(settings.cast)
    found = find_card(ref, library)
    if as_json:
        facts = _book_facts(found) if isinstance(found, Lorebook) else _facts(found, settings)
        print_json(facts)
        return
    sections = _book_sections(found) if isinstance(found, Lorebook) else _sections(found, library, settings)
    for title, text in sections:
        if text.strip():
            typer.echo(f"{typer.style(visible(title), bold=True)}\n{visible(text.strip())}\n")


def find_card(ref: str, library: PersonaLibrary) -> Persona | Lorebook:
    """Find the character or, where there is none, the lorebook that `ref` names.

    Raises:
        PersonaError: there is neither, or it is broken.
    """
    try:
        return library.get(ref)
    except PersonaError as unknown:
        try:
            return library.lorebook(ref)
        except PersonaError:
            raise unknown from None


def notes_of(persona: Persona, *, language: str) -> str:
    """What the card's author tells people, in their language if it is there.

    Args:
        persona: whose.
        language: ISO 639-1, such as `de`.
    """
    notes = persona.creator_notes_multilingual or {}
    return notes.get(language) or persona.creator_notes or notes.get("en") or next(iter(notes.values()), "")


def _facts(persona: Persona, settings: Settings) -> dict[str, object]:
    return {
        "id": persona.id,
        "hash": persona.hash,
        "digest": persona.digest,
        "language": persona.language,
        "tokens": persona_tokens(persona),
        "trusted": is_trusted(persona, settings),
        "notices": list(persona.notices),
        "flags": list(flags(persona, trusted=is_trusted(persona, settings))),
        "card": persona.to_card(),
    }


def _book_facts(book: Lorebook) -> dict[str, object]:
    return {"name": book.name, "lorebook": book.model_dump(mode="json", exclude_none=True)}


def _sections(persona: Persona, library: PersonaLibrary, settings: Settings) -> Iterator[_Section]:
    yield f"{persona.display_name} ({persona.id})", _head(persona)
    yield "Damage and repairs", "\n".join(persona.notices)
    yield "Flags", "\n".join(flags(persona, trusted=is_trusted(persona, settings)))
    yield "Notes of the author (no prompt has them)", notes_of(persona, language=_own_language())
    for title, text in _texts(persona).items():
        yield title, substitute(text, char=persona.display_name, user="you")
    yield "Lore", _lore(persona, library)
    yield "Assets", "\n".join(map(_asset, persona.assets or ()))
    yield "Instructions of the card", _orders(persona, settings)
    yield "Talk", typeable(f"roleplay chat {persona.id}")


def _head(persona: Persona) -> str:
    by = [f"by {persona.creator}"] if persona.creator else []
    version = [f"version {persona.character_version}"] if persona.character_version else []
    tokens = f"about {persona_tokens(persona)} tokens"
    lines = [", ".join([f"language {persona.language}", f"card {persona.hash}", tokens, *version, *by])]
    if persona.tags:
        lines.append(f"tags: {', '.join(persona.tags)}")
    return "\n".join(lines)


def _texts(persona: Persona) -> dict[str, str]:
    return {
        "Description": persona.description,
        "Personality": persona.personality,
        "Scenario": persona.scenario,
        **{f"Greeting {number}": text for number, text in enumerate(persona.greetings, 1)},
        **{f"Greeting in groups {number}": text for number, text in enumerate(persona.group_only_greetings, 1)},
        **{f"Example {number}": text for number, text in enumerate(persona.examples, 1)},
    }


def _lore(persona: Persona, library: PersonaLibrary) -> str:
    books = [book for book in (persona.character_book, *library.worlds_of(persona)) if book]
    lines = [_entry(entry) for book in books for entry in book.entries]
    lines += [f"Can not work: {note}" for note in compile_lore(books).notes]
    return "\n".join([*lines, typeable(_world(persona, library))])


def _world(persona: Persona, library: PersonaLibrary) -> str:
    world = world_named(persona)
    if not world:
        return ""
    if has_world(persona):
        return f"It names the world {world!r}, which is the lorebook in the card."
    if missing := missing_worlds([persona], library):
        return missing[0]
    book_id = next(known for known, book in library.lorebooks().items() if book in library.worlds_of(persona))
    return f"It names the world {world!r}, which is here as {book_id}."


def _entry(entry: LoreEntry) -> str:
    off = "" if entry.enabled else " (off)"
    called = "always" if entry.constant else ", ".join(entry.keys) or entry.name or entry.comment
    return f"{called}{off}: {entry.content}"


def _asset(asset: Asset) -> str:
    """Where it is, but not the data itself; nothing is fetched."""
    place = asset.uri if len(asset.uri) <= 100 else f"{asset.uri[:60]}… ({len(asset.uri)} characters)"
    return f"{asset.type} {asset.name} ({asset.ext}): {place}"


def _orders(persona: Persona, settings: Settings) -> str:
    orders = orders_of(persona)
    if not orders:
        return ""
    if persona.digest in settings.trusted_cards:
        state = "Trusted, by ROLEPLAY_TRUSTED_CARDS"
    elif is_trusted(persona, settings):
        state = f"Trusted; to take it back: roleplay cast trust --revoke {persona.id}"
    else:
        state = f"Not trusted: notes on style below the rules. To trust it: roleplay cast trust {persona.id}"
    return "\n".join([typeable(state), *(f"{field}: {text}" for field, text in orders.items())])


def _book_sections(book: Lorebook) -> Iterator[_Section]:
    yield book.name or "Lorebook", f"{counted(len(book.entries), 'entry', 'entries')}\n{book.description}"
    yield "Entries", "\n".join(map(_entry, book.entries))


def _own_language() -> str:
    """Of whoever sits there; Python has taken it from the environment when it started."""
    return (locale.getlocale()[0] or "en")[:2]
