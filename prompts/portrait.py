"""Who speaks, and to whom: what the prefix says of character and user."""

from collections.abc import Sequence

from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import shorten
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import Piece, Report

__all__ = ["fit_portrait", "portrait_of"]


def portrait_of(scene: Scene) -> list[Piece]:
    """The pieces `description`, `personality`, `scenario` and `user`; those of which there is nothing are missing."""
    who = scene.user_description.strip()
    texts = {
        "description": scene.description,
        "personality": scene.personality,
        "scenario": scene.scenario,
        "user": render("user", char=scene.char, user=scene.user, description=who) if who else "",
    }
    why = "who speaks, and to whom"
    pieces = [
        Piece(name=name, text=text.strip(), source="user" if name == "user" else "card", why=why)
        for name, text in texts.items()
    ]
    return [piece for piece in pieces if piece.text]


def fit_portrait(pieces: Sequence[Piece], room: int, report: Report) -> dict[str, str]:
    """Their texts by name, each cut by the same share where together they are too long."""
    counter = report.counter
    wanted = sum(counter.count(piece.text) + 1 for piece in pieces)
    shown = {}
    for piece in pieces:
        most = counter.count(piece.text) * room // wanted
        shown[piece.name] = piece.text if wanted <= room else shorten(piece.text, most, counter)
        report.add(piece, shown[piece.name], place="prefix", reason=f"the persona has room for {room} tokens")
    return shown
