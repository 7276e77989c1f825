"""Expanding the macros of a text: one pass, inner ones first, bounded."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from langgraph_roleplay.personas.macros.braces import Mark, find_marks
from langgraph_roleplay.personas.macros.calls import Call, Piece, read_call
from langgraph_roleplay.personas.macros.known import IN_PROMPTS, IN_SCANS, NAMES, TRIM, Macro
from langgraph_roleplay.personas.macros.scene import MacroScene

__all__ = ["expand", "for_scan", "substitute"]

_DEEPEST = 8
_MOST = 200_000
"""Characters that the macros of one text put in at most; beyond it they put in nothing."""


def expand(text: str, *, macros: MacroScene) -> str:
    """The text of a card as a model reads it.

    Inner macros are expanded first and what they put in counts as words: `{{random:{{user}},nobody}}` chooses between
    two, whatever commas the name has. Deeper than eight levels macros stay as they are.
    """
    return _expand(text, macros, IN_PROMPTS)


def for_scan(text: str, *, macros: MacroScene) -> str:
    """The text of a card as keys are looked for in it: like `expand`, but `{{hidden_key:x}}` is x."""
    return _expand(text, macros, IN_SCANS)


def substitute(text: str, *, char: str, user: str) -> str:
    """Put the names into a card's text and take its comments out; all other macros stay."""
    return _expand(text, MacroScene(char=char, user=user), NAMES)


def _expand(text: str, scene: MacroScene, known: Mapping[str, Macro]) -> str:
    if "{{" not in text and "<" not in text:
        return text
    expansion = _Expansion(text, scene, known)
    place = 0
    for mark in find_marks(text):
        expansion.add(text[place : mark.start])
        expansion.take(mark)
        place = mark.end
    expansion.add(text[place:])
    return expansion.result


@dataclass
class _Level:
    """What was read since a macro began, at `offset`."""

    offset: int = 0
    pieces: list[Piece] = field(default_factory=list)
    trimming: bool = False
    """Whether line breaks at the beginning of the next words go."""

    def add(self, piece: Piece) -> None:
        if self.trimming and not piece.made:
            piece = Piece(piece.text.lstrip("\r\n"))
        if piece.text:
            self.trimming = False
            self.pieces.append(piece)

    def trim(self) -> None:
        while self.pieces and not self.pieces[-1].made:
            last = self.pieces.pop().text.rstrip("\r\n")
            if last:
                self.pieces.append(Piece(last))
                break
        self.trimming = True

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


class _Expansion:
    """The state of one pass over a text."""

    def __init__(self, text: str, scene: MacroScene, known: Mapping[str, Macro]) -> None:
        self._text, self._scene, self._known = text, scene, known
        self._digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        self._levels = [_Level()]
        self._too_deep = 0
        self._left = _MOST

    @property
    def result(self) -> str:
        return self._levels[0].text

    def add(self, words: str) -> None:
        self._levels[-1].add(Piece(words))

    def take(self, mark: Mark) -> None:
        if mark.kind == "tag":
            self._put(self._text[mark.start : mark.end], self._tag(mark))
        elif mark.kind == "open":
            self._open(mark)
        else:
            self._close()

    def _open(self, mark: Mark) -> None:
        if len(self._levels) > _DEEPEST:
            self._too_deep += 1
            self.add("{{")
        else:
            self._levels.append(_Level(mark.start))

    def _close(self) -> None:
        if self._too_deep:
            self._too_deep -= 1
            self.add("}}")
            return
        inner = self._levels.pop()
        call = read_call(inner.pieces, offset=inner.offset, digest=self._digest)
        if call is not None and call.is_bare and self._known.get(call.name) is TRIM:
            self._levels[-1].trim()
        else:
            self._put("{{" + inner.text + "}}", call)

    def _put(self, written: str, call: Call | None) -> None:
        """Put in what the macro stands for, or what is written where it is none."""
        macro = self._known.get(call.name) if call else None
        value = macro(call, self._scene) if macro and call else None
        if value is None:
            self._levels[-1].add(Piece(written, made=True))
        else:
            self._levels[-1].add(Piece(value[: self._left], made=True))
            self._left -= min(len(value), self._left)

    def _tag(self, mark: Mark) -> Call | None:
        name = Piece(self._text[mark.start + 1 : mark.end - 1])
        return read_call([name], offset=mark.start, digest=self._digest)
