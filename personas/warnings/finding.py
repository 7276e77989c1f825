"""All remarks on a card, one for each kind and field."""

import re
from collections.abc import Callable, Iterator, Mapping

from langgraph_roleplay.personas.card import Persona
from langgraph_roleplay.personas.trust import orders_of
from langgraph_roleplay.personas.warnings import contents
from langgraph_roleplay.personas.warnings.flag import Flag, excerpt_at
from langgraph_roleplay.personas.warnings.speaking import acts_in_examples, acts_in_greeting, is_told_to_act
from langgraph_roleplay.safety.attacks import attacks_prompt
from langgraph_roleplay.safety.normalize import normalize

__all__ = ["find_flags", "flags"]

# A user may say this to somebody in the story; a card says it to the model.
_ORDER = re.compile(
    r"^\W{0,3}(?:ignore|disregard|forget|break|drop) (?:all |any )?(?:of )?(?:your|the|these|those|any|all)? ?"
    r"(?:rules|limits|restrictions|filters?)\b",
    re.IGNORECASE,
)
_LARGEST = 200_000
"""Characters of a text that are looked at."""
_MOST_LORE = 2000
"""Entries of lore that are looked at."""


def flags(persona: Persona, *, trusted: bool = False) -> tuple[str, ...]:
    """What a person should know of the card, in sentences; see `find_flags`."""
    return tuple(map(str, find_flags(persona, trusted=trusted)))


def find_flags(persona: Persona, *, trusted: bool = False) -> tuple[Flag, ...]:
    """What a person should know of the card: an aid, no proof that there is nothing else.

    Args:
        persona: whose card it is.
        trusted: whether the operator lets it give instructions.
    """
    permanent, greetings = _permanent(persona), _greetings(persona)
    instructions = orders_of(persona)
    words = {**permanent, **greetings, "mes_example": persona.mes_example[:_LARGEST], **instructions}
    everything = {**words, **_lore(persona)}
    return (
        *_acting(greetings, acts_in_greeting, "It speaks or acts for you."),
        *_acting({"mes_example": words["mes_example"]}, acts_in_examples, "Its examples tell what you do."),
        *_acting({**permanent, **instructions}, is_told_to_act, "It asks the model to write your part."),
        *_orders(instructions, everything, trusted=trusted),
        *contents.flag_outside_files(persona, everything),
        *contents.flag_markup(everything),
        *contents.flag_scripts(persona),
        *contents.flag_age(persona),
        *contents.flag_length(permanent),
    )


def _acting(texts: Mapping[str, str], look: Callable[[str], int | None], sentence: str) -> Iterator[Flag]:
    for field, text in texts.items():
        place = look(text)
        if place is not None:
            yield Flag("acts_for_user", field, sentence, excerpt_at(text, place))


def _orders(instructions: Mapping[str, str], texts: Mapping[str, str], *, trusted: bool) -> Iterator[Flag]:
    so = "as such, because you trust the card" if trusted else "as notes on style unless you trust the card"
    for field, text in instructions.items():
        sentence = f"It gives the model instructions, which enter {so}."
        yield Flag("orders", field, sentence, excerpt_at(text, 0))
    for field, text in texts.items():
        line = next((line for line in text.splitlines() if _talks_out_of_rules(normalize(line[:2000]))), None)
        if line is not None:
            yield Flag("orders", field, "It tries to talk the model out of its rules.", excerpt_at(line, 0))


def _talks_out_of_rules(line: str) -> bool:
    return attacks_prompt(line) or _ORDER.search(line) is not None


def _permanent(persona: Persona) -> dict[str, str]:
    texts = {
        "description": persona.description,
        "personality": persona.personality,
        "scenario": persona.scenario,
    }
    return {field: text[:_LARGEST] for field, text in texts.items() if text}


def _greetings(persona: Persona) -> dict[str, str]:
    alternates = {f"alternate_greetings.{number}": text for number, text in enumerate(persona.alternate_greetings)}
    in_groups = {f"group_only_greetings.{number}": text for number, text in enumerate(persona.group_only_greetings)}
    texts = {"first_mes": persona.first_mes, **alternates, **in_groups}
    return {field: text[:_LARGEST] for field, text in texts.items()}


def _lore(persona: Persona) -> dict[str, str]:
    entries = persona.character_book.entries[:_MOST_LORE] if persona.character_book else ()
    return {
        f"character_book.entries.{number}.content": entry.content[:_LARGEST] for number, entry in enumerate(entries)
    }
