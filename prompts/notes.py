"""Foreign texts inside the notes of a prompt: whatever is in them, they can't end a note and speak beside it."""

from collections.abc import Sequence
from dataclasses import replace

from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import Piece

__all__ = ["as_note", "as_quote", "in_notes"]

_ROUND = "()﹙﹚⁽⁾₍₎❨❩❪❫⟮⟯⸨⸩⦅⦆｟｠"
_SQUARE = str.maketrans(_ROUND + "（）", "[]" * (len(_ROUND) // 2) + "［］")
"""A note ends at its round bracket, and what looks like one ends it for a model."""
_SINGLE = str.maketrans(dict.fromkeys('"“”„‟«»＂〝〞〟', "'"))
_OUTSIDE_NOTES = {"at_depth", "after_examples"}
"""Places of constant lore that are not in the system message."""


def as_note(text: str) -> str:
    """The text on one line and without round brackets: it can't leave the brackets of the note it stands in."""
    return " ".join(text.split()).translate(_SQUARE)


def as_quote(text: str) -> str:
    """The same without double quotes: it can't leave those either."""
    return as_note(text).translate(_SINGLE)


def in_notes(scene: Scene) -> Scene:
    """The scene with all texts that stand in notes made so that they stay there."""
    return replace(
        scene,
        lore=[piece if _in_system(piece) or _spoken(piece, scene) else _noted(piece) for piece in scene.lore],
        memories=_all_noted(scene.memories),
        passages=_all_noted(scene.passages),
    )


def _in_system(piece: Piece) -> bool:
    return piece.constant and piece.place not in _OUTSIDE_NOTES


def _spoken(piece: Piece, scene: Scene) -> bool:
    """Whether it stands as somebody's words: a card may speak for its character, for the user only when trusted."""
    heard = ("assistant", "user") if scene.trusted else ("assistant",)
    return piece.place == "at_depth" and piece.depth >= 1 and piece.role in heard


def _all_noted(pieces: Sequence[Piece]) -> list[Piece]:
    return [_noted(piece) for piece in pieces]


def _noted(piece: Piece) -> Piece:
    text = as_note(piece.text)
    return piece if text == piece.text else replace(piece, text=text)
