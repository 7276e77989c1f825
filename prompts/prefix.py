"""The part of the prompt that doesn't change in a conversation: rules, persona, constant lore, examples, greeting."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage

from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import TokenCounter, shorten
from langgraph_roleplay.prompts.dialogue import examples_tokens, fit_examples, fit_opening, opening_tokens
from langgraph_roleplay.prompts.notes import as_quote
from langgraph_roleplay.prompts.portrait import fit_portrait, portrait_of
from langgraph_roleplay.prompts.scene import ORIGINAL, Scene
from langgraph_roleplay.prompts.sections import Piece, Report, allot, fit_pieces
from langgraph_roleplay.state import PromptNote

__all__ = ["Prefix", "build_prefix", "rules_of"]

_LANGUAGES = {"en": "English", "zh": "Chinese", "fr": "French", "de": "German", "es": "Spanish", "ja": "Japanese"}
_NOTE_PLACES = ("before_note", "after_note")
_EXAMPLE_PLACES = ("before_examples", "after_examples")
_MOST_BUILT = 64
_TOLD_SHARE = 2
"""What a trusted card tells the model takes at most one part in so many of the prefix."""


@dataclass(frozen=True)
class Prefix:
    """The messages of the prefix; examples stand apart because they go first when room is short."""

    system: AnyMessage
    examples: Sequence[AnyMessage]
    opening: Sequence[AnyMessage]
    """How the conversation began: the greeting."""
    example_notes: Sequence[Piece]
    """For the report, once it is known whether they stay."""

    def messages(self, *, examples: bool) -> list[AnyMessage]:
        """All of them in order."""
        return [self.system, *(self.examples if examples else ()), *self.opening]


_built: OrderedDict[tuple[Hashable, ...], tuple[Prefix, list[PromptNote]]] = OrderedDict()
"""It never changes in a conversation, and each call of a turn asks for it."""
_lock = threading.Lock()
"""Prompts that a server counts are composed in threads."""


def rules_of(scene: Scene) -> str:
    """Our own rules, which are never cut and never said aloud."""
    return render("rules", char=scene.char, user=scene.user, language=_LANGUAGES.get(scene.language, scene.language))


def build_prefix(scene: Scene, *, tokens: int, report: Report) -> Prefix:
    """Fit the prefix into `tokens`; our rules are in it whatever they take."""
    key = (*_lasting(scene), tokens, report.counter, report.counter.exact)
    with _lock:
        built = _built.get(key)
    if built is None:
        built = _build(scene, tokens, report.counter)  # may ask a server: others needn't wait for it
        key = (*key[:-1], report.counter.exact)  # which may have given up meanwhile
    with _lock:
        _built[key] = built
        _built.move_to_end(key)
        while len(_built) > _MOST_BUILT:
            _built.popitem(last=False)
    report.notes += built[1]
    return built[0]


def _lasting(scene: Scene) -> tuple[Hashable, ...]:
    """All that the prefix is made of."""
    names = (scene.char, scene.user, scene.language, scene.trusted)
    texts = (scene.description, scene.personality, scene.scenario, scene.user_description, scene.greeting)
    wishes = (scene.system_prompt, scene.post_history)
    return (*names, *texts, *wishes, tuple(scene.examples), tuple(piece for piece in scene.lore if piece.constant))


def _build(scene: Scene, tokens: int, counter: TokenCounter) -> tuple[Prefix, list[PromptNote]]:
    report = Report(counter)
    rules = _ruled(scene, tokens, report)
    style, portrait = _style(scene), portrait_of(scene)
    constant = [piece for piece in scene.lore if piece.constant and piece.place != "at_depth"]
    # Lore that comes after the examples is a message of its own.
    apart = counter.count(_after_examples(scene, "")) + counter.per_message if any(map(_apart, constant)) else 0
    wants = {
        "persona": _total(portrait, counter),
        "constant lore": _total(constant, counter) + apart,
        "greeting": opening_tokens(scene, counter),
        "style": _total([style], counter),
        "examples": examples_tokens(scene, counter),
    }
    rooms = allot(wants, tokens - counter.count(rules) - counter.per_message)
    shown = fit_portrait(portrait, rooms["persona"], report)
    lore = fit_pieces(constant, tokens=rooms["constant lore"] - apart, place="prefix", report=report)
    wish = _styled(scene, max(0, rooms["style"] - 1), counter)
    report.add(style, wish, place="prefix")
    system = _system(rules, wish, shown, lore)
    opening = fit_opening(scene, rooms["greeting"], report)
    kept, notes = fit_examples(scene, rooms["examples"], counter)
    after = " ".join(text for piece, text in lore if _apart(piece))
    extra = [HumanMessage(_after_examples(scene, after))] if after else []
    return Prefix(SystemMessage(system), kept, [*extra, *opening], notes), report.notes


def _ruled(scene: Scene, tokens: int, report: Report) -> str:
    """Our rules, and what a trusted card says beside or around them."""
    counter, rules = report.counter, rules_of(scene)
    report.add(Piece(name="rules", text=rules, source="rules", why="never left out"), rules, place="prefix")
    told = scene.system_prompt.strip() if scene.trusted else ""
    if not told:
        return rules
    before, _, after = told.partition(ORIGINAL) if ORIGINAL in told else ("", "", f"\n{told}")
    parts = [before, after.replace(ORIGINAL, "")]
    sizes = [counter.count(part) for part in parts]
    asked = sum(sizes)
    room = max(0, min(tokens // _TOLD_SHARE, tokens - counter.count(rules) - counter.per_message))
    if asked > room:
        parts = [shorten(part, room * size // asked, counter) for part, size in zip(parts, sizes, strict=True)]
    piece = Piece(name="system prompt", text=told, source="card", why="the operator trusts this card")
    kept = sum(map(counter.count, parts))
    report.note(piece, asked, kept, place="prefix", reason=f"it may take {room} tokens of the prefix")
    return rules.join(parts)


def _style(scene: Scene) -> Piece:
    """What a card that may give no instructions wishes for, quoted."""
    text = _quoted(scene, _wish(scene))
    return Piece(name="style", text=text, source="card", why="a wish of the card, quoted: the card is not trusted")


def _styled(scene: Scene, room: int, counter: TokenCounter) -> str:
    """The same in `room` tokens: the wish is cut, never what we say of it."""
    frame = counter.count(render("style", char=scene.char, wish=""))
    return _quoted(scene, shorten(_wish(scene), max(0, room - frame), counter))


def _quoted(scene: Scene, wish: str) -> str:
    return render("style", char=scene.char, wish=wish) if wish else ""


def _wish(scene: Scene) -> str:
    wishes = () if scene.trusted else (scene.system_prompt, scene.post_history)
    return as_quote("\n".join(text.replace(ORIGINAL, "") for text in wishes))


def _apart(piece: Piece) -> bool:
    return piece.place == "after_examples"


def _after_examples(scene: Scene, lore: str) -> str:
    return render("note_lore", char=scene.char, lore=lore)


def _system(rules: str, style: str, persona: dict[str, str], lore: Sequence[tuple[Piece, str]]) -> str:
    """Rules, style, then what the character is, with constant lore at its places."""

    def at(*places: str) -> list[str]:
        return [text for piece, text in lore if piece.place in places]

    known = {"before_char", "after_char", "personality", "scenario", *_NOTE_PLACES, *_EXAMPLE_PLACES}
    lines = [
        style,  # says that our rules hold: nothing of the card's stands between it and them
        *at("before_note"),
        *at("after_note"),
        *at("before_char"),
        persona.get("description", ""),
        persona.get("personality", ""),
        *at("personality"),
        persona.get("scenario", ""),
        *at("scenario"),
        persona.get("user", ""),
        *at("after_char"),
        *(text for piece, text in lore if piece.place not in known),
        *at("before_examples"),
    ]
    return "\n".join([rules, "", *filter(None, lines)])


def _total(pieces: Iterable[Piece], counter: TokenCounter) -> int:
    return sum(counter.count(piece.text) + 1 for piece in pieces if piece.text)
