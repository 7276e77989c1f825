"""Compose the prompt of one model call from what a turn has gathered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AnyMessage, HumanMessage

from langgraph_roleplay.prompts.budget import ESTIMATE, Budget, TokenCounter
from langgraph_roleplay.prompts.history import as_shown, fit_history, history_tokens, insert_at_depth
from langgraph_roleplay.prompts.prefix import Prefix, build_prefix, rules_of
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import SECTIONS, Piece, Report, fit_pieces
from langgraph_roleplay.prompts.tail import at_depth, build_tail
from langgraph_roleplay.state import PromptNote

__all__ = ["Composition", "Scene", "compose_prefix", "compose_prompt", "shown_history"]


@dataclass(frozen=True)
class Composition:
    """The messages for the model, and why each piece is in them."""

    messages: list[AnyMessage]
    report: list[PromptNote] = field(default_factory=list)
    secrets: tuple[str, ...] = ()
    """Texts that must never be said: the rules."""


@dataclass(frozen=True)
class _Layout:
    """The prompt but for its last message."""

    prefix: Prefix
    examples: bool
    window: Sequence[AnyMessage]
    """Those earlier messages that are shown, as they were said."""
    room: int
    """Tokens that the history may take."""
    used: int


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
    """
    counter.prepare(_texts(scene, history, message))
    report = Report(counter)
    layout = _lay_out(scene, history, budget, report)
    deep = [piece for piece in scene.lore if at_depth(piece)]
    left = budget.tokens - layout.used
    placed = fit_pieces(deep, tokens=int(left * SECTIONS["lore at depth"].maximum), place="depth", report=report)
    left -= sum(counter.count(text) + counter.per_message for _, text in placed)
    shown = [as_shown(earlier, room=layout.room, counter=counter) for earlier in layout.window]
    shown = insert_at_depth(shown, placed, asked=message is not None)
    tail = build_tail(
        scene, message, remark=remark, question=question, reserve=min(reserve, left // 3), tokens=left, report=report
    )
    for piece in scene.left_out:
        report.note(piece, 0, 0, place="tail")
    messages = [*layout.prefix.messages(examples=layout.examples), *shown, HumanMessage(tail)]
    return Composition(messages, report.notes, (rules_of(scene),))


def compose_prefix(scene: Scene, *, budget: Budget, counter: TokenCounter = ESTIMATE) -> list[AnyMessage]:
    """What a conversation's first prompt begins with: worth warming a model server's cache with."""
    counter.prepare(_texts(scene, (), None))
    return _lay_out(scene, (), budget, Report(counter)).prefix.messages(examples=True)


def shown_history(
    scene: Scene, history: Sequence[AnyMessage], *, budget: Budget, counter: TokenCounter = ESTIMATE
) -> Sequence[AnyMessage]:
    """Those of `history` that a prompt shows; the others are worth recalling."""
    counter.prepare(_texts(scene, history, None))
    return _lay_out(scene, history, budget, Report(counter)).window


def _lay_out(scene: Scene, history: Sequence[AnyMessage], budget: Budget, report: Report) -> _Layout:
    """Prefix and history: when room is short the examples go first, then old history."""
    counter = report.counter
    prefix = build_prefix(scene, tokens=budget.prefix, report=report)
    fixed = _size(prefix.messages(examples=False), counter) + counter.overhead + counter.per_message
    room = budget.tokens - budget.tail - fixed
    said = sum(history_tokens(history, room=room, counter=counter))
    examples = _size(prefix.examples, counter)
    fits = said + examples <= room
    _note_examples(prefix, fits, report)
    window = fit_history(history, tokens=room, counter=counter)
    shown = sum(history_tokens(window, room=room, counter=counter))
    piece = Piece(name=f"history ({len(window)} of {len(history)} messages)", text="", source="history")
    report.note(piece, said, shown, place="history", reason="old messages leave in blocks; recall still finds them")
    return _Layout(prefix, fits, window, room, fixed + shown + (examples if fits else 0))


def _note_examples(prefix: Prefix, fits: bool, report: Report) -> None:
    for piece in prefix.example_notes:
        kept = piece.text if fits and not piece.why else ""
        reason = piece.why or "the conversation needs the room"
        shown = Piece(name=piece.name, text=piece.text, source=piece.source, why="how the character talks")
        report.add(shown, kept, place="prefix", reason=reason)


def _size(messages: Iterable[AnyMessage], counter: TokenCounter) -> int:
    return sum(counter.count(message.text) + counter.per_message for message in messages)


def _texts(scene: Scene, history: Sequence[AnyMessage], message: str | None) -> list[str]:
    """All that will be counted as it is, so that it can be counted at once."""
    fixed = [scene.description, scene.personality, scene.scenario, scene.user_description, scene.greeting]
    pieces = [piece.text for piece in (*scene.lore, *scene.memories, *scene.passages)]
    examples = [text for rows in scene.examples for _, text in rows]
    said = [earlier.text for earlier in history]
    return [text for text in (*fixed, *pieces, *examples, *said, message or "") if text]
