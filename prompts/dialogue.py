"""What the prefix shows as said before: example dialogues, and the greeting that the conversation began with."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import TokenCounter, shorten
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import Piece, Report

__all__ = ["examples_tokens", "fit_examples", "fit_opening", "opening_tokens"]


def opening_tokens(scene: Scene, counter: TokenCounter) -> int:
    """Tokens of the greeting and of what stands around it."""
    return counter.count(scene.greeting) + _around(scene, counter) if scene.greeting else 0


def fit_opening(scene: Scene, room: int, report: Report) -> list[AnyMessage]:
    """How the conversation began, the greeting cut to `room` tokens; nothing where there was none."""
    text = shorten(scene.greeting, max(0, room - _around(scene, report.counter)), report.counter)
    piece = Piece(name="greeting", text=scene.greeting, source="card", why="how it began")
    report.add(piece, text, place="prefix", reason=f"the greeting has room for {room} tokens")
    return [HumanMessage(_entrance(scene)), AIMessage(text)] if text else []


def examples_tokens(scene: Scene, counter: TokenCounter) -> int:
    """Tokens of all example dialogues."""
    return sum(_length(rows, counter) for rows in scene.examples)


def fit_examples(scene: Scene, room: int, counter: TokenCounter) -> tuple[list[AnyMessage], list[Piece]]:
    """Whole dialogues while they fit, and a note on each: `why` of one that doesn't fit says so."""
    messages: list[AnyMessage] = []
    notes: list[Piece] = []
    for number, rows in enumerate(scene.examples, 1):
        size = _length(rows, counter)
        fits = size <= room
        room -= size if fits else 0
        messages += [_spoken(role, text) for role, text in rows if text.strip()] if fits else []
        text = "\n".join(text for _, text in rows)
        notes.append(Piece(name=f"example {number}", text=text, source="card", why="" if fits else "no room for it"))
    return messages, notes


def _entrance(scene: Scene) -> str:
    return render("opening", user=scene.user)


def _around(scene: Scene, counter: TokenCounter) -> int:
    return counter.count(_entrance(scene)) + 2 * counter.per_message


def _length(rows: Sequence[tuple[str, str]], counter: TokenCounter) -> int:
    return sum(counter.count(text) + counter.per_message for _, text in rows if text.strip())


def _spoken(role: str, text: str) -> AnyMessage:
    return HumanMessage(text) if role == "user" else AIMessage(text)
