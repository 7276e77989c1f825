"""Macros of cards: who speaks and who listens, put in once and never read again."""

import re

__all__ = ["substitute"]

# A comment is bounded in length so that a card full of unclosed ones can't cost quadratic time.
_MACRO = re.compile(
    r"\{\{ {0,3}(?P<macro>char|user) {0,3}\}\}|<(?P<tag>bot|char|user)>|\{\{//[^}]{0,2000}\}\}", re.IGNORECASE
)


def substitute(text: str, *, char: str, user: str) -> str:
    """Put the names into a card's text in a single pass.

    `{{char}}`, `<BOT>` and `<char>` become `char`, `{{user}}` and `<USER>` become `user`, `{{// comments}}` go,
    and unknown macros stay. A name that looks like a macro is not expanded again. Only for text of cards: what a
    user says or a memory holds is left as it is.
    """

    def name(match: re.Match[str]) -> str:
        kind = (match["macro"] or match["tag"] or "").lower()
        return {"": "", "user": user}.get(kind, char)

    return _MACRO.sub(name, text)
