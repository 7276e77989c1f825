"""Compose the prompt of one reply from what a turn has gathered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage

from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import Budget, Report, estimate_tokens, fit_history, fit_pieces, shorten
from langgraph_roleplay.state import PlanNote, PromptNote

__all__ = ["Composition", "Scene", "compose_prefix", "compose_prompt", "fit_notes"]

_LANGUAGES = {"en": "English", "zh": "Chinese", "fr": "French", "de": "German", "es": "Spanish", "ja": "Japanese"}
_MOST_OF_NOTES = 4
"""A single memory or entry of lore takes at most one part in so many of the notes' room."""


@dataclass(frozen=True)
class Scene:
    """What a turn has gathered for its prompt; texts are ready to be shown, macros filled in."""

    char: str
    user: str
    language: str
    """BCP 47 tag of the reply's language."""
    description: str
    personality: str = ""
    scenario: str = ""
    greeting: str = ""
    examples: Sequence[tuple[tuple[str, str], ...]] = ()
    """Example dialogues, each a row of `(speaker role, text)` with the roles `user` and `char`."""
    lore: Sequence[str] = ()
    memories: Sequence[str] = ()
    plan: PlanNote | None = None
    unseen: Sequence[str] = ()
    """Kinds of what came with the user's message and is not words."""
    minor: bool = False
    """Whether the character is a child."""


@dataclass(frozen=True)
class Composition:
    """The messages for the model, and why each piece is in them."""

    messages: list[AnyMessage]
    report: list[PromptNote] = field(default_factory=list)
    secrets: tuple[str, ...] = ()
    """Texts that must never be said: the rules."""


def compose_prompt(
    scene: Scene, *, history: Sequence[AnyMessage], message: str | None, remark: str = "", budget: Budget
) -> Composition:
    """Compose the prompt.

    Args:
        scene: what was gathered.
        history: earlier messages of the conversation, oldest first, without the one to answer.
        message: the user's message; None when the character's last words are carried on.
        remark: a private word to the actor beside the message (why a draft came back).
        budget: tokens to keep to.
    """
    report = Report()
    prefix = _prefix(scene, budget.prefix, report)
    window = fit_history(history, tokens=budget.history)
    report.add("history", _texts(history), _texts(window))
    tail = HumanMessage(_tail(scene, message, remark, budget.tail, report))
    shown = [_shortened(earlier, budget.history) for earlier in window]
    return Composition(_alternating([*prefix, *shown, tail]), report.notes, (_rules(scene),))


def compose_prefix(scene: Scene, *, budget: Budget) -> list[AnyMessage]:
    """The part of the prompt that never changes in a conversation: worth warming a model server's cache with."""
    return _alternating(_prefix(scene, budget.prefix, Report()))


def fit_notes(scene: Scene, *, tokens: int, report: Report) -> list[str]:
    """The private notes beside the user's message that fit `tokens`, most important first.

    What came unseen, memories, plan, lore.

    Memories and lore are added one by one, the best first, each shortened to a share of the room.
    """
    each = tokens // _MOST_OF_NOTES
    notes = fit_pieces([("unseen", _unseen_note(scene))], tokens=tokens, report=report) if scene.unseen else []
    left = tokens - _total(notes)
    notes += _listed("memory", scene.memories, partial(_memory_note, scene), tokens=left, each=each, report=report)
    notes += fit_pieces([("plan", _plan_note(scene))], tokens=tokens - _total(notes), report=report)
    left = tokens - _total(notes)
    return notes + _listed("lore", scene.lore, partial(_lore_note, scene), tokens=left, each=each, report=report)


def _listed(
    piece: str, texts: Sequence[str], note: Callable[[str], str], *, tokens: int, each: int, report: Report
) -> list[str]:
    """One note that lists those of `texts` that fit; none when none does."""
    named = [(f"{piece} {number}", text) for number, text in enumerate(texts, 1)]
    kept = fit_pieces(named, tokens=tokens - estimate_tokens(note("")), report=report, each=each)
    return [note(" ".join(kept))] if kept else []


def _unseen_note(scene: Scene) -> str:
    return render("unseen", char=scene.char, kinds=", ".join(scene.unseen))


def _memory_note(scene: Scene, memories: str) -> str:
    return render("note_memory", char=scene.char, memories=memories)


def _lore_note(scene: Scene, lore: str) -> str:
    return render("note_lore", char=scene.char, lore=lore)


def _plan_note(scene: Scene) -> str:
    if scene.plan is None or scene.plan["source"] == "rule":
        return ""
    fields = {key: str(value) or "—" for key, value in scene.plan.items() if key != "source"}
    return render("note_plan", char=scene.char, **fields)


def _total(texts: Sequence[str]) -> int:
    return sum(map(estimate_tokens, texts))


def _rules(scene: Scene) -> str:
    return render("rules", char=scene.char, user=scene.user, language=_LANGUAGES.get(scene.language, scene.language))


def _prefix(scene: Scene, tokens: int, report: Report) -> list[AnyMessage]:
    rules = _rules(scene)
    greeting = shorten(scene.greeting, tokens // 3)
    left = tokens - estimate_tokens(rules) - estimate_tokens(greeting)
    # A small model learns a voice from an example rather than from a description, so one has its place kept.
    room = left * 7 // 10 if scene.examples else left
    persona = render("persona", description=scene.description, personality=scene.personality, scenario=scene.scenario)
    shown = shorten(persona, max(room, tokens // 3))
    report.add("rules", rules, rules)
    report.add("persona", persona, shown)
    messages: list[AnyMessage] = [SystemMessage(f"{rules}\n\n{shown}")]
    messages += _example_messages(scene, left - estimate_tokens(shown), report)
    if greeting:
        report.add("greeting", scene.greeting, greeting)
        messages += [HumanMessage(render("opening", user=scene.user)), AIMessage(greeting)]
    return messages


def _example_messages(scene: Scene, tokens: int, report: Report) -> list[AnyMessage]:
    blocks = {"\n".join(text for _, text in rows): rows for rows in scene.examples}
    kept = fit_pieces(((f"example {n}", text) for n, text in enumerate(blocks, 1)), tokens=tokens, report=report)
    return [HumanMessage(text) if role == "user" else AIMessage(text) for block in kept for role, text in blocks[block]]


def _tail(scene: Scene, message: str | None, remark: str, tokens: int, report: Report) -> str:
    words = render("carry_on", char=scene.char) if message is None else message
    shown = shorten(words, tokens * 3 // 4 if message else tokens)
    report.add("message", words, shown)
    left = tokens - estimate_tokens(shown) - estimate_tokens(remark)
    notes = fit_notes(scene, tokens=left, report=report)
    return "\n".join([*notes, *([remark] if remark else []), shown])


def _texts(messages: Sequence[BaseMessage]) -> str:
    return "\n".join(message.text for message in messages)


def _shortened(message: AnyMessage, tokens: int) -> AnyMessage:
    text = shorten(message.text, tokens)
    return HumanMessage(text) if message.type == "human" else AIMessage(text)


def _alternating(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Merge neighbours of one role: some chat templates refuse two user messages in a row."""
    merged: list[AnyMessage] = []
    for message in messages:
        if merged and merged[-1].type == message.type:
            text = f"{merged[-1].text}\n{message.text}"
            merged[-1] = HumanMessage(text) if message.type == "human" else AIMessage(text)
        else:
            merged.append(message)
    return merged
