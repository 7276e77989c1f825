"""The last message of the prompt: private notes, and beside them what the user has just said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import shorten
from langgraph_roleplay.prompts.notes import as_note
from langgraph_roleplay.prompts.scene import ORIGINAL, Scene
from langgraph_roleplay.prompts.sections import SECTIONS, Piece, Report, allot, fit_pieces

__all__ = ["Words", "build_tail"]

_MOST_OF_ROOM = 2
"""A single memory, passage or entry of lore takes at most one part in so many of the room of its kind."""
_OWN_SHARE = 3
"""Plan and remark, or a question, take at most one part in so many of the room."""
_LEAST_SHARE = 4
"""The message has at least one part in so many of the room, whatever else is asked."""
_LEAST = 32
"""Tokens that the message always has."""
_NOTES = {"before_note", "after_note"}


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the last message is about."""

    message: str | None
    """The user's; None when the character's last words are carried on."""
    remark: str = ""
    """A private word to the actor beside the message."""
    question: str = ""
    """What the model is to decide instead of speaking; empty when it is to speak."""


def build_tail(scene: Scene, words: Words, *, reserve: int, tokens: int, report: Report) -> str:
    """The notes, then the user's words with the plan before them or a question to the model after them.

    The notes are the same whatever is asked, so that one reading of them serves all model calls of a turn.

    Args:
        scene: what was gathered.
        words: what is answered, and how.
        reserve: room that stays free for plan and remark or a question, whichever comes.
        tokens: what all of it may take.
        report: gets a note on every piece.
    """
    counter = report.counter
    least = max(tokens // _LEAST_SHARE, _LEAST)
    reserve = min(reserve, max(0, tokens - least))
    # A question is asked whole, or not understood; what the character has in mind leaves room for what it answers.
    least = _LEAST if words.question else least
    own = _own(scene, words, tokens - least if words.question else max(reserve, tokens // _OWN_SHARE), report)
    taken = max(reserve, counter.count(own) + 2)
    share = SECTIONS["message"].maximum if words.message else 1
    room = max(int((tokens - taken) * share), least)
    answered, *others = _answered(scene, words)
    shown = shorten(answered.text, room, counter)
    report.add(answered, shown, place="tail", reason=f"it may take {share:.0%} of the room beside the history")
    size = max(counter.count(text) for text in (shown, *(other.text for other in others)))
    notes = _notes(scene, tokens=tokens - taken - size - 1, report=report)
    parts = [*notes, shown, f"\n{own}" if own else ""] if words.question else [*notes, own, shown]
    return "\n".join(filter(None, parts))


def _answered(scene: Scene, words: Words) -> list[Piece]:
    """What is answered; where nothing was said also what another call of the turn has there, so that it has room."""
    why = "what is answered"
    if words.message is not None:
        return [Piece(name="message", text=words.message, source="user", why=why)]
    said = [render("carry_on", char=scene.char), render("silence", char=scene.char, user=scene.user)]
    return [Piece(name="carry on", text=text, source="rules", why=why) for text in said][:: -1 if words.question else 1]


def _own(scene: Scene, words: Words, room: int, report: Report) -> str:
    """The question, or the plan and a remark, in `room` tokens."""
    plan = "" if words.question else _plan_note(scene)
    asked = (
        Piece(name="plan", source="plan", text=plan, why="what the character is up to"),
        Piece(name="remark", source="tools", text=words.remark, why="said of a draft, or found by tools"),
        Piece(name="question", source="rules", text=words.question, why="what the model is asked"),
    )
    kept, left = [], room - 2
    for number, piece in enumerate(asked):
        others = any(other.text for other in asked[number + 1 :])
        text = shorten(piece.text, max(0, left // 2 if others else left), report.counter)
        left -= report.counter.count(text) + 1
        report.add(piece, text, place="tail", reason=f"together they have room for {room} tokens")
        kept.append(text)
    return "\n".join(filter(None, kept))


def _notes(scene: Scene, *, tokens: int, report: Report) -> list[str]:
    """Each kind of note within its share of the room: what came unseen, wishes, passages, memories, lore."""
    counter = report.counter
    kinds = _kinds(scene)
    frames = {name: (counter.count(_frame(scene, name, "")) + 1) * _parts(pieces) for name, pieces in kinds.items()}
    wants = {name: frames[name] + sum(counter.count(piece.text) + 1 for piece in kinds[name]) for name in kinds}
    rooms = allot(wants, tokens)
    kept: dict[str, list[tuple[Piece, str]]] = {}
    for name, pieces in kinds.items():
        room = rooms[name] - frames[name]
        each = room // _MOST_OF_ROOM if len(pieces) > 1 else room
        kept[name] = fit_pieces(pieces, tokens=room, place="tail", report=report, each=max(0, each))
    return list(_arranged(scene, kept))


def _kinds(scene: Scene) -> dict[str, Sequence[Piece]]:
    """What wants to be told, by section; kinds of which there is nothing are not in it."""
    unseen = render("unseen", char=scene.char, kinds=", ".join(scene.unseen)) if scene.unseen else ""
    told = scene.post_history.replace(ORIGINAL, "").strip() if scene.trusted else ""
    trusted = "the operator trusts this card"
    kinds: dict[str, Sequence[Piece]] = {
        "unseen": [Piece(name="unseen", text=unseen, source="user", why="came with the message")],
        "instructions": [Piece(name="post-history instructions", text=told, source="card", why=trusted)],
        "passage": scene.passages,
        "memory": scene.memories,
        "lore": [piece for piece in scene.lore if _beside_the_message(piece)],
    }
    return {name: pieces for name, pieces in kinds.items() if any(piece.text for piece in pieces)}


def _beside_the_message(piece: Piece) -> bool:
    return piece.depth == 0 if piece.place == "at_depth" else not piece.constant


def _frame(scene: Scene, kind: str, text: str) -> str:
    """The note that tells `text`."""
    if kind == "passage":
        return render("note_passage", char=scene.char, passages=text)
    if kind == "memory":
        return render("note_memory", char=scene.char, memories=text)
    return render("note_lore", char=scene.char, lore=text) if kind == "lore" else text


def _parts(pieces: Sequence[Piece]) -> int:
    """Notes that one kind becomes: lore may ask to stand before or after what the card's author wants said last."""
    return len({piece.place if piece.place in _NOTES else "" for piece in pieces})


def _arranged(scene: Scene, kept: dict[str, list[tuple[Piece, str]]]) -> Iterable[str]:
    lore = kept.get("lore", [])
    for kind, pairs in (
        *((kind, kept.get(kind, [])) for kind in ("unseen", "passage", "memory")),
        ("lore", [pair for pair in lore if pair[0].place not in _NOTES]),
        ("lore", [pair for pair in lore if pair[0].place == "before_note"]),
        ("instructions", kept.get("instructions", [])),
        ("lore", [pair for pair in lore if pair[0].place == "after_note"]),
    ):
        if pairs:
            yield _frame(scene, kind, " ".join(text for _, text in pairs))


def _plan_note(scene: Scene) -> str:
    if scene.plan is None or scene.plan["source"] == "rule":
        return ""
    fields = {key: as_note(str(value)) or "—" for key, value in scene.plan.items() if key != "source"}
    return render("note_plan", char=scene.char, **fields)
