"""Compose the prompt of one model call from what a turn has gathered."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AnyMessage, HumanMessage

from langgraph_roleplay.prompts.budget import ESTIMATE, Budget, TokenCounter, message_tokens
from langgraph_roleplay.prompts.depth import fit_at_depth, insert_at_depth
from langgraph_roleplay.prompts.history import Window, fit_history
from langgraph_roleplay.prompts.notes import in_notes
from langgraph_roleplay.prompts.prefix import Prefix, build_prefix
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import Piece, Report
from langgraph_roleplay.prompts.tail import Words, build_tail
from langgraph_roleplay.state import PromptNote

__all__ = ["Composition", "Scene", "compose_prefix", "compose_prompt", "shown_history"]


@dataclass(frozen=True)
class Composition:
    """The messages for the model, and why each piece is in them."""

    messages: list[AnyMessage]
    report: list[PromptNote] = field(default_factory=list)


@dataclass(frozen=True)
class _Layout:
    """The prompt but for its last message."""

    prefix: Prefix
    examples: bool
    window: Window
    left: int
    """Tokens, less what a template takes for itself and around the last message."""


def compose_prompt(
    scene: Scene,
    *,
    history: Sequence[AnyMessage],
    message: str | None,
    budget: Budget,
    remark: str = "",
    question: str = "",
    reserve: int = 0,
    counter: TokenCounter = ESTIMATE,
    fit_roles: Callable[[Sequence[AnyMessage]], list[AnyMessage]] = list,
) -> Composition:
    """Compose the prompt.

    Everything but the end of the last message depends on the turn alone, so the calls of a turn share it byte for byte.

    Args:
        scene: what was gathered.
        history: earlier messages of the conversation, oldest first, without the one to answer.
        message: the user's message; None when the character's last words are carried on.
        budget: tokens to keep to.
        remark: a private word to the actor beside the message (why a draft came back).
        question: what the model is to decide, out of its role; empty when it is to speak.
        reserve: tokens that the longest question of this turn takes.
        counter: counts tokens.
        fit_roles: puts the messages into the roles that the model's template takes.
    """
    scene = _prepared(scene, history, message, counter)
    report = Report(counter)
    layout = _lay_out(scene, history, budget, report)
    deep = fit_at_depth(scene, tokens=layout.left, report=report)
    left = layout.left - message_tokens((told for _, told in deep), counter)
    shown = insert_at_depth(layout.window.shown, deep, asked=message is not None)
    words = Words(message=message, remark=remark, question=question)
    tail = build_tail(scene, words, reserve=reserve, tokens=left, report=report)
    for piece in scene.left_out:
        report.note(piece, 0, 0, place="tail")
    messages = fit_roles([*layout.prefix.messages(examples=layout.examples), *shown, HumanMessage(tail)])
    report.close(messages)
    return Composition(messages, report.notes)


def compose_prefix(scene: Scene, *, budget: Budget, counter: TokenCounter = ESTIMATE) -> list[AnyMessage]:
    """What a conversation's first prompt begins with: worth warming a model server's cache with."""
    scene = _prepared(scene, (), None, counter)
    return _lay_out(scene, (), budget, Report(counter)).prefix.messages(examples=True)


def shown_history(
    scene: Scene, history: Sequence[AnyMessage], *, budget: Budget, counter: TokenCounter = ESTIMATE
) -> Sequence[AnyMessage]:
    """Those of `history` that a prompt shows; the others are worth recalling."""
    scene = _prepared(scene, history, None, counter)
    return _lay_out(scene, history, budget, Report(counter)).window.said


def _prepared(scene: Scene, history: Sequence[AnyMessage], message: str | None, counter: TokenCounter) -> Scene:
    """The scene as it is shown, its texts counted together."""
    scene = in_notes(scene)
    counter.prepare(_texts(scene, history, message))
    return scene


def _lay_out(scene: Scene, history: Sequence[AnyMessage], budget: Budget, report: Report) -> _Layout:
    """Prefix and history: when room is short the examples go first, then old history."""
    counter = report.counter
    prefix = build_prefix(scene, tokens=budget.prefix, report=report)
    fixed = message_tokens(prefix.messages(examples=False), counter) + counter.overhead + counter.per_message
    room = max(0, budget.tokens - budget.tail - fixed)
    window = fit_history(history, room=room, counter=counter)
    examples = message_tokens(prefix.examples, counter)
    fits = window.wanted + examples <= room
    _note_examples(prefix, fits, report)
    _note_history(window, history, report)
    left = budget.tokens - fixed - window.tokens - (examples if fits else 0)
    return _Layout(prefix, fits, window, left)


def _note_examples(prefix: Prefix, fits: bool, report: Report) -> None:
    for piece in prefix.example_notes:
        kept = piece.text if fits and not piece.why else ""
        reason = piece.why or "the conversation needs the room"
        shown = Piece(name=piece.name, text=piece.text, source=piece.source, why="how the character talks")
        report.add(shown, kept, place="prefix", reason=reason)


def _note_history(window: Window, history: Sequence[AnyMessage], report: Report) -> None:
    if not history:
        return
    name = f"history ({len(window.shown)} of {len(history)} messages)"
    piece = Piece(name=name, text="", source="history", why="what was said before")
    reason = "old messages leave in blocks; recall still finds them"
    report.note(piece, window.asked, window.tokens, place="history", reason=reason)


def _texts(scene: Scene, history: Sequence[AnyMessage], message: str | None) -> Iterator[str]:
    """All that will be counted as it is, what matters most first, so that it can be counted at once."""
    yield from (scene.description, scene.personality, scene.scenario, scene.user_description, scene.greeting)
    yield from (piece.text for piece in (*scene.lore, *scene.memories, *scene.passages))
    yield from (text for rows in scene.examples for _, text in rows)
    yield message or ""
    yield from (earlier.text for earlier in reversed(history))
