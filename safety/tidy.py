"""Mending a reply without a model: what can simply be taken off, is."""

import re

from langgraph_roleplay.safety.scaffolding import END_OF_TURN, TEMPLATE_TOKEN, THOUGHT
from langgraph_roleplay.safety.sentences import split_sentences

__all__ = ["tidy_reply"]

_WRAPPERS = (('"', '"'), ("“", "”"), ("「", "」"))
_TURN_OPENING = re.compile(r"<\|(?:im_start|start_header_id)\|>assistant\b|<start_of_turn>model\b")
_ENDS = re.compile(r"[.!?…。！？~][\"'”’»」』)*_\]）]*\s*$")
_CLAUSE_END = re.compile(r"[,;:，；：、]\s*")


def tidy_reply(text: str, *, character: str, user: str, truncated: bool = False) -> str:
    """Return `text` without what a model puts around a reply.

    Thoughts, template tokens, a leading `Name:` of the character, lines in which the user is made to speak and
    everything after them, quotes around the whole, an odd asterisk or quote at the end. With `truncated` (the
    model was stopped by length) the half sentence at the end goes too.
    """
    text = END_OF_TURN.split(THOUGHT.sub("", text), maxsplit=1)[0]
    text = TEMPLATE_TOKEN.sub("", _TURN_OPENING.sub("", text)).strip()
    text = _strip_name(text, character)
    text = _cut_before_user(text, user)
    if truncated:
        text = _drop_half_sentence(text)
    return _balance(_unwrap(text.strip()))


def _strip_name(text: str, character: str) -> str:
    names = sorted({character, *character.split()}, key=len, reverse=True)
    label = "|".join(re.escape(name) for name in names if len(name) > 1)
    return (
        re.sub(rf"^(?:\*\*)?(?:{label})(?:\*\*)?\s?[:：](?:\*\*)?\s*", "", text, count=1, flags=re.I) if label else text
    )


def _cut_before_user(text: str, user: str) -> str:
    label = "|".join(re.escape(name) for name in (user.strip(), "User", "Human", "用户") if name)
    return re.split(rf"(?:^|\n)[ \t]*(?:\*\*)?(?:{label})(?:\*\*)?[ \t]?[:：]", text, maxsplit=1, flags=re.I)[
        0
    ].rstrip()


def _drop_half_sentence(text: str) -> str:
    sentences = split_sentences(text)
    if not sentences or _ENDS.search(sentences[-1]):
        return text
    if len(sentences) > 1:
        return "".join(sentences[:-1]).rstrip()
    clauses = [match.start() for match in _CLAUSE_END.finditer(text)]
    return f"{text[: clauses[-1]] if clauses else text.rstrip()}…"


def _unwrap(text: str) -> str:
    for opening, closing in _WRAPPERS:
        inner = text[1:-1]
        if len(text) > 1 and text[0] == opening and text[-1] == closing and not {opening, closing} & set(inner):
            return inner.strip()
    return text


def _balance(text: str) -> str:
    """Close or drop the one mark that stands alone, so that the rest is not shown in italics."""
    text = _balance_same(_balance_same(text, "*"), '"')
    if text.count("“") > text.count("”"):
        return text[:-1].rstrip() if text.endswith("“") else f"{text}”"
    return text


def _balance_same(text: str, mark: str) -> str:
    if text.replace("**", "").count(mark) % 2 == 0:
        return text
    opens = text.rfind(mark)
    if opens == len(text) - 1:
        return text[:-1].rstrip()
    if opens == 0 or text[opens - 1].isspace():
        return text + mark
    return text[:opens] + text[opens + 1 :]
