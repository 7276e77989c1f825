"""Lore that stands between earlier messages, so many messages before the newest."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage

from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import SECTIONS, Piece, Report, fit_pieces

__all__ = ["at_depth", "fit_at_depth", "insert_at_depth"]


def at_depth(piece: Piece) -> bool:
    """Whether the piece stands between earlier messages."""
    return piece.place == "at_depth" and piece.depth >= 1


def fit_at_depth(scene: Scene, *, tokens: int, report: Report) -> list[tuple[int, AnyMessage]]:
    """Those entries that fit their share of `tokens`, as messages, each with its depth.

    Of a card that isn't trusted the entries are notes: as words of the system or of the user they would be orders.
    """
    deep = [piece for piece in scene.lore if at_depth(piece)]
    if not deep:
        return []
    around = report.counter.count(_note(scene, "")) + report.counter.per_message
    room = int(tokens * SECTIONS["lore at depth"].maximum)
    placed = fit_pieces(deep, tokens=room, place="depth", report=report, around=around)
    return [(piece.depth, _message(scene, piece, text)) for piece, text in placed]


def insert_at_depth(
    window: Sequence[AnyMessage], placed: Sequence[tuple[int, AnyMessage]], *, asked: bool
) -> list[AnyMessage]:
    """Put messages between those of `window`, each at its depth.

    Args:
        window: the earlier messages.
        placed: depths of 1 and more, and what stands there.
        asked: whether a message to answer comes after `window`: it is the newest then.
    """
    shown = list(window)
    # From the newest message upwards, so that places are still those of the window; the later of two equals first.
    for _, (depth, message) in sorted(enumerate(placed), key=lambda pair: (pair[1][0], -pair[0])):
        shown.insert(max(0, len(window) - depth + asked), message)
    return shown


def _message(scene: Scene, piece: Piece, text: str) -> AnyMessage:
    if piece.role == "assistant":
        return AIMessage(text)
    if not scene.trusted:
        return HumanMessage(_note(scene, text))
    return HumanMessage(text) if piece.role == "user" else SystemMessage(text)


def _note(scene: Scene, text: str) -> str:
    return render("note_lore", char=scene.char, lore=text)
