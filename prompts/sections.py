"""The sections of a prompt, and which gives way when room is short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from langchain_core.messages import BaseMessage

from langgraph_roleplay.prompts.budget import ESTIMATE, TokenCounter, message_tokens, shorten
from langgraph_roleplay.state import PromptNote

__all__ = ["SECTIONS", "Piece", "Place", "Report", "Section", "allot", "fit_pieces"]

Place = Literal["prefix", "history", "depth", "tail"]


@dataclass(frozen=True, slots=True)
class Section:
    """One section, and its claim on the room of its place."""

    name: str
    priority: int
    """Lower gives way first."""
    minimum: float = 0.0
    """Share of the room that it gets before any other gets more than its own minimum."""
    maximum: float = 1.0
    """Share of the room that it never exceeds."""


SECTIONS = {
    section.name: section
    for section in (
        # Rules are not here: they have no claim on the room but are there before it is divided.
        Section("persona", 90, minimum=0.5),
        Section("constant lore", 80, minimum=0.15, maximum=0.6),
        Section("greeting", 70, minimum=0.1, maximum=0.4),
        Section("style", 60, minimum=0.05, maximum=0.25),
        Section("examples", 10),
        Section("lore at depth", 50, maximum=0.3),
        Section("message", 100, maximum=0.75),
        Section("unseen", 95),
        Section("instructions", 90, maximum=0.3),
        Section("memory", 70, minimum=0.25, maximum=0.6),
        Section("passage", 60, minimum=0.25, maximum=0.6),
        Section("lore", 50, minimum=0.25, maximum=0.6),
    )
}
"""Beside the user's message stand the notes; the plan and what a model is asked have their room before these."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One text that asks to be in the prompt, its macros filled in."""

    name: str
    """What the report calls it."""
    text: str
    source: str
    """See `PromptNote.source`."""
    why: str = ""
    """Why it was called for."""
    place: str = ""
    """Where lore wants to stand (`personas.lore.LorePlace`)."""
    depth: int = 0
    role: Literal["system", "user", "assistant"] = "system"
    constant: bool = False
    priority: float = 0.0
    """Among pieces of one section: lower is left out first."""
    first_out: bool = False


@dataclass
class Report:
    """What was asked for and what was kept, piece by piece."""

    counter: TokenCounter = ESTIMATE
    notes: list[PromptNote] = field(default_factory=list)

    def add(self, piece: Piece, kept: str, *, place: Place, reason: str = "no room for it") -> None:
        """Note that `kept` of the piece's text is in the prompt; `reason` is why it is not, where it isn't."""
        if piece.text:
            size = self.counter.count(piece.text)
            self.note(piece, size, size if kept == piece.text else self.counter.count(kept), place=place, reason=reason)

    def note(self, piece: Piece, tokens: int, kept: int, *, place: Place, reason: str = "no room for it") -> None:
        """The same in tokens."""
        fate = "" if kept >= tokens else f"shortened: {reason}" if kept else f"left out: {reason}"
        self.notes.append(
            {
                "piece": piece.name,
                "source": piece.source,
                "place": place,
                "tokens": tokens,
                "kept": min(kept, tokens),
                "counted": self.counter.exact,
                "why": "; ".join(filter(None, (piece.why, fate))),
            }
        )

    def close(self, messages: Sequence[BaseMessage]) -> None:
        """Note what of the prompt is no piece, so that what all notes keep is the size of `messages`."""
        size = message_tokens(messages, self.counter) + self.counter.overhead
        rest = size - sum(note["kept"] for note in self.notes)
        why = "what stands around and between the pieces"
        self.note(Piece(name="template and frames", text="", source="rules", why=why), rest, rest, place="tail")


def allot(wants: Mapping[str, int], room: int) -> dict[str, int]:
    """Divide `room` tokens among sections that want so many: minimums first, then the most important first."""
    room = max(0, room)
    ranked = sorted(wants, key=lambda name: -SECTIONS[name].priority)
    given: dict[str, int] = {}
    for name in ranked:
        given[name] = min(wants[name], int(room * SECTIONS[name].minimum), room - sum(given.values()))
    for name in ranked:
        most = min(wants[name], int(room * SECTIONS[name].maximum))
        given[name] += max(0, min(most - given[name], room - sum(given.values())))
    return given


def fit_pieces(
    pieces: Sequence[Piece], *, tokens: int, place: Place, report: Report, each: int | None = None, around: int = 1
) -> list[tuple[Piece, str]]:
    """Keep pieces while they fit `tokens`, the most important first; they come back in the order they had.

    Args:
        pieces: what asks to be in.
        tokens: what all of them together may take.
        place: where they would stand, for the report.
        report: gets a note on every piece.
        each: what one of them may take, a longer one is shortened to it; None shortens none.
        around: what each takes beside its text.
    """
    kept, left = dict[int, str](), tokens
    for number in sorted(range(len(pieces)), key=lambda n: (pieces[n].first_out, -pieces[n].priority, n)):
        text = pieces[number].text
        shown = text if each is None else shorten(text, each, report.counter)
        size = report.counter.count(shown) + around
        if shown and size <= left:
            kept[number] = shown
            left -= size
    for number, piece in enumerate(pieces):
        reason = f"{place} has room for {tokens} tokens of this kind"
        report.add(piece, kept.get(number, ""), place=place, reason=reason)
    return [(piece, kept[number]) for number, piece in enumerate(pieces) if number in kept]
