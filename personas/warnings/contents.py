"""What a card holds beside its words."""

import re
from collections.abc import Iterator, Mapping

from langgraph_roleplay.personas.card import Persona
from langgraph_roleplay.personas.cleaning import clean_for_prompt
from langgraph_roleplay.personas.lore.budget import estimate
from langgraph_roleplay.personas.lore.records import CountTokens
from langgraph_roleplay.personas.warnings.flag import Flag, excerpt_at

__all__ = ["flag_age", "flag_length", "flag_markup", "flag_outside_files", "flag_scripts"]

_LONG = 2000
_URL = re.compile(r"(?:https?|ftp|file)://[^\s\"'<>)\]}]{1,300}", re.IGNORECASE)
_AGE = re.compile(
    r"(?:^|[\[{(\n,;+|\"])[ \t*_\"'-]{0,4}age[ \t*_\"'(:=：\[{]{1,8}(?P<age>\d{1,2})\b(?! ?(?:months?|weeks?|:|he|she))"
    r"|(?:^|[.\n])[ \t]*(?:\{\{char\}\}|<char>|<bot>|he|she) is (?:an? |only )?(?P<years>\d{1,2})[ -]years?[ -]old"
    # What comes first in a description is the character's own age.
    r"|\A[^.\n]{0,80}?(?<!of a )(?<!with a )(?<!has a )\b(?P<first>\d{1,2})[ -]years?[ -]old"
    r"|(?:^|[\n，。；])[ \t]*年[龄齡][ \t]*[:：为是]?[ \t]*(?P<chinese>\d{1,2})",
    re.IGNORECASE,
)
_SCRIPTS = {
    "regex_scripts": "regex scripts",
    "TavernHelper_scripts": "scripts of TavernHelper",
    "tavern_helper": "scripts of TavernHelper",
}
_RISU = ("customScripts", "triggerscript", "virtualscript", "backgroundHTML")


def flag_scripts(persona: Persona) -> Iterator[Flag]:
    """Programs for another front end."""
    for key, what in _SCRIPTS.items():
        found = persona.extensions.get(key)
        if found:
            count = f"{len(found)} " if isinstance(found, list) else ""
            yield Flag("scripts", f"extensions.{key}", f"It brings {count}{what}, which are not run.")
    risu = persona.extensions.get("risuai")
    if isinstance(risu, Mapping) and any(risu.get(key) for key in _RISU):
        yield Flag("scripts", "extensions.risuai", "It brings scripts of RisuAI, which are not run.")


def flag_outside_files(persona: Persona, texts: Mapping[str, str]) -> Iterator[Flag]:
    """Addresses, in assets and in texts."""
    uris = {f"assets.{number}.uri": asset.uri for number, asset in enumerate(persona.assets or ())}
    for field, text in {**uris, **texts}.items():
        found = _URL.search(text)
        if found:
            yield Flag(
                "outside_files", field, "It names something outside the card; nothing is fetched.", found[0][:90]
            )


def flag_markup(texts: Mapping[str, str]) -> Iterator[Flag]:
    """HTML, hidden characters, and tokens of chat templates."""
    for field, text in texts.items():
        cleaned = clean_for_prompt(text)
        if cleaned != text:
            pairs = zip(text, cleaned, strict=False)
            place = next((at for at, (one, other) in enumerate(pairs) if one != other), len(cleaned))
            sentence = "It has markup, hidden characters or template tokens, which a model does not get."
            yield Flag("markup", field, sentence, ascii(excerpt_at(text, place))[1:-1] or "(hidden)")


def flag_age(persona: Persona) -> Iterator[Flag]:
    """A child, by what the card says of itself or by an age in its description."""
    if persona.is_minor:
        yield Flag("minor", "extensions", "It says that the character is a child: the stricter rules hold.")
        return
    for found in _AGE.finditer(persona.description):
        age = next(int(group) for group in found.groups() if group)
        if age < 18:
            sentence = "It gives an age under 18, but is not marked as a child's card."
            yield Flag("minor", "description", sentence, excerpt_at(persona.description, found.start()).strip(".,;[({"))
            return


def flag_length(texts: Mapping[str, str], *, count: CountTokens = estimate) -> Iterator[Flag]:
    """Texts that stand in every prompt and leave no room in a small one."""
    tokens = sum(map(count, texts.values()))
    if tokens > _LONG:
        yield Flag(
            "long",
            ", ".join(texts),
            f"About {tokens:,} tokens stand in every prompt; a small model can't read so much.",
        )
