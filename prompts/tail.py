"""The last message of the prompt: private notes, and beside them what the user has just said."""

from collections.abc import Iterable, Sequence

from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import shorten
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import SECTIONS, Piece, Report, allot, fit_pieces

__all__ = ["at_depth", "build_tail"]

_MOST_OF_ROOM = 2
"""A single memory, passage or entry of lore takes at most one part in so many of the room of its kind."""
_ORIGINAL = "{{original}}"
_NOTES = {"before_note", "after_note"}


def at_depth(piece: Piece) -> bool:
    """Whether the piece stands between earlier messages."""
    return piece.place == "at_depth" and piece.depth >= 1


def build_tail(
    scene: Scene, message: str | None, *, remark: str, question: str, reserve: int, tokens: int, report: Report
) -> str:
    """The notes, then the user's words with the plan before them or a question to the model after them.

    The notes are the same whatever is asked, so that one reading of them serves all model calls of a turn.

    Args:
        scene: what was gathered.
        message: the user's message; None when the character's last words are carried on.
        remark: a private word to the actor beside the message.
        question: what the model is to decide instead of speaking; empty when it is to speak.
        reserve: room that stays free for plan or question, whichever comes.
        tokens: what all of it may take.
        report: gets a note on every piece.
    """
    counter = report.counter
    words = _words(scene, message, question)
    name = "message" if message is not None else "carry on"
    piece = Piece(name=name, text=words, source="user" if message is not None else "rules", why="what is answered")
    own = question or "\n".join(filter(None, (_plan_note(scene), remark)))
    taken = max(reserve, counter.count(own) + 1)
    most = SECTIONS["message"].maximum if message else 1
    shown = shorten(words, max(int((tokens - taken) * most), tokens // 4), counter)
    report.add(piece, shown, place="tail", reason=f"it may take {most:.0%} of the room beside the history")
    notes = _notes(scene, tokens=tokens - taken - counter.count(shown) - 1, report=report)
    _note_own(scene, remark, question, report)
    parts = [*notes, shown, f"\n{question}"] if question else [*notes, own, shown]
    return "\n".join(filter(None, parts))


def _words(scene: Scene, message: str | None, question: str) -> str:
    if message is not None:
        return message
    return render("silence", char=scene.char, user=scene.user) if question else render("carry_on", char=scene.char)


def _note_own(scene: Scene, remark: str, question: str, report: Report) -> None:
    plan = _plan_note(scene)
    for name, source, text, why in (
        ("plan", "plan", "" if question else plan, "what the character is up to"),
        ("remark", "tools", remark, "said of a draft, or found by tools"),
        ("question", "rules", question, "what the model is asked"),
    ):
        report.add(Piece(name=name, source=source, text=text, why=why), text, place="tail")


def _notes(scene: Scene, *, tokens: int, report: Report) -> list[str]:
    """Each kind of note within its share of the room: what came unseen, wishes, passages, memories, lore."""
    counter = report.counter
    kinds = _kinds(scene)
    frames = {name: counter.count(_frame(scene, name, "")) + 1 for name in kinds}
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
    told = scene.post_history.replace(_ORIGINAL, "").strip() if scene.trusted else ""
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
    fields = {key: str(value) or "—" for key, value in scene.plan.items() if key != "source"}
    return render("note_plan", char=scene.char, **fields)
