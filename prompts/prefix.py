"""The part of the prompt that doesn't change in a conversation: rules, persona, constant lore, examples, greeting."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage

from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import TokenCounter, shorten
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import Piece, Report, allot, fit_pieces
from langgraph_roleplay.state import PromptNote

__all__ = ["Prefix", "build_prefix", "rules_of"]

_LANGUAGES = {"en": "English", "zh": "Chinese", "fr": "French", "de": "German", "es": "Spanish", "ja": "Japanese"}
_ORIGINAL = "{{original}}"
_NOTE_PLACES = ("before_note", "after_note")
_EXAMPLE_PLACES = ("before_examples", "after_examples")
_MOST_BUILT = 64


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


_built: dict[tuple[Hashable, ...], tuple[Prefix, list[PromptNote]]] = {}
"""It never changes in a conversation, and each call of a turn asks for it."""


def rules_of(scene: Scene) -> str:
    """Our own rules, which are never cut and never said aloud."""
    return render("rules", char=scene.char, user=scene.user, language=_LANGUAGES.get(scene.language, scene.language))


def build_prefix(scene: Scene, *, tokens: int, report: Report) -> Prefix:
    """Fit the prefix into `tokens`; rules, and the instructions of a trusted card, are in it whatever they take."""
    key = (*_lasting(scene), tokens, report.counter)
    _built[key] = built = _built.pop(key) if key in _built else _build(scene, tokens, report.counter)
    while len(_built) > _MOST_BUILT:
        del _built[next(iter(_built))]
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
    rules = _ruled(scene, report)
    greeting = Piece(name="greeting", text=scene.greeting, source="card", why="how it began")
    style = _style(scene)
    parts = _persona(scene)
    constant = [piece for piece in scene.lore if piece.constant and piece.place != "at_depth"]
    wants = {
        "persona": _total((part.text for part in parts), counter),
        "constant lore": _total((piece.text for piece in constant), counter),
        "greeting": counter.count(greeting.text) + 2 * counter.per_message + 8 if greeting.text else 0,
        "style": counter.count(style.text) + 1,
        "examples": sum(_length(rows, counter) for rows in scene.examples),
    }
    rooms = allot(wants, tokens - counter.count(rules) - counter.per_message)
    shown = {piece.name: text for piece, text in _shortened(parts, rooms["persona"], wants["persona"], report)}
    lore = fit_pieces(constant, tokens=rooms["constant lore"], place="prefix", report=report)
    wish = shorten(style.text, rooms["style"], counter)
    report.add(style, wish, place="prefix")
    system = _system(rules, wish, shown, lore)
    opening = _opening(scene, greeting, rooms["greeting"], report)
    kept, notes = _examples(scene, rooms["examples"], counter)
    after = [text for piece, text in lore if piece.place == "after_examples"]
    extra = [HumanMessage(render("note_lore", char=scene.char, lore=" ".join(after)))] if after else []
    return Prefix(SystemMessage(system), kept, [*extra, *opening], notes), report.notes


def _ruled(scene: Scene, report: Report) -> str:
    """Our rules, and what a trusted card says beside or around them."""
    rules = rules_of(scene)
    report.add(Piece(name="rules", text=rules, source="rules", why="never left out"), rules, place="prefix")
    told = scene.system_prompt.strip() if scene.trusted else ""
    if not told:
        return rules
    piece = Piece(name="system prompt", text=told, source="card", why="the operator trusts this card")
    report.add(piece, told, place="prefix")
    return told.replace(_ORIGINAL, rules, 1).replace(_ORIGINAL, "") if _ORIGINAL in told else f"{rules}\n{told}"


def _style(scene: Scene) -> Piece:
    """What a card that may give no instructions wishes for, quoted."""
    wishes = (scene.system_prompt, scene.post_history)
    wish = "\n".join(text.replace(_ORIGINAL, "").strip() for text in wishes).strip()
    text = render("style", char=scene.char, wish=wish.replace('"', "'")) if wish and not scene.trusted else ""
    return Piece(name="style", text=text, source="card", why="a wish of the card, quoted: the card is not trusted")


def _persona(scene: Scene) -> list[Piece]:
    who = scene.user_description.strip()
    texts = {
        "description": scene.description,
        "personality": scene.personality,
        "scenario": scene.scenario,
        "user": render("user", char=scene.char, user=scene.user, description=who) if who else "",
    }
    source = {"user": "user"}
    return [
        Piece(name=name, text=text.strip(), source=source.get(name, "card"), why="who speaks, and to whom")
        for name, text in texts.items()
        if text.strip()
    ]


def _shortened(parts: Sequence[Piece], room: int, wanted: int, report: Report) -> Iterable[tuple[Piece, str]]:
    """All of them, each cut by the same share where they are too long."""
    for part in parts:
        size = report.counter.count(part.text)
        text = part.text if wanted <= room else shorten(part.text, size * room // wanted, report.counter)
        report.add(part, text, place="prefix", reason=f"the persona has room for {room} tokens")
        yield part, text


def _system(rules: str, style: str, persona: dict[str, str], lore: Sequence[tuple[Piece, str]]) -> str:
    """Rules, style, then what the character is, with constant lore at its places."""

    def at(*places: str) -> list[str]:
        return [text for piece, text in lore if piece.place in places]

    known = {"before_char", "after_char", "personality", "scenario", *_NOTE_PLACES, *_EXAMPLE_PLACES}
    lines = [
        *at("before_note"),
        style,
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


def _opening(scene: Scene, greeting: Piece, room: int, report: Report) -> list[AnyMessage]:
    frame = render("opening", user=scene.user)
    counter = report.counter
    text = shorten(greeting.text, room - 2 * counter.per_message - counter.count(frame), counter)
    report.add(greeting, text, place="prefix", reason=f"the greeting has room for {room} tokens")
    return [HumanMessage(frame), AIMessage(text)] if text else []


def _examples(scene: Scene, room: int, counter: TokenCounter) -> tuple[list[AnyMessage], list[Piece]]:
    """Whole dialogues while they fit, and a note on each: `why` of one that doesn't fit says so."""
    messages: list[AnyMessage] = []
    notes: list[Piece] = []
    for number, rows in enumerate(scene.examples, 1):
        size = _length(rows, counter)
        fits = size <= room
        room -= size if fits else 0
        messages += [_spoken(role, text) for role, text in rows] if fits else []
        text = "\n".join(text for _, text in rows)
        notes.append(Piece(name=f"example {number}", text=text, source="card", why="" if fits else "no room for it"))
    return messages, notes


def _length(rows: Sequence[tuple[str, str]], counter: TokenCounter) -> int:
    return _total((text for _, text in rows), counter, each=counter.per_message)


def _spoken(role: str, text: str) -> AnyMessage:
    return HumanMessage(text) if role == "user" else AIMessage(text)


def _total(texts: Iterable[str], counter: TokenCounter, *, each: int = 1) -> int:
    return sum(counter.count(text) + each for text in texts if text)
