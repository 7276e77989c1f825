"""Cards' texts as a model reads them: without a web page's markup, hidden characters and tokens of chat templates."""

import re
from collections.abc import Iterator

from langgraph_roleplay.safety.scaffolding import TEMPLATE_TOKEN

__all__ = ["clean_for_prompt"]

_BLOCKS = ("script", "style", "iframe", "template", "object", "svg")
_TAGS = (
    *_BLOCKS,
    *("a", "abbr", "audio", "b", "big", "blockquote", "body", "br", "button", "center", "cite", "code", "del"),
    *("details", "div", "dl", "dt", "dd", "em", "embed", "figure", "figcaption", "font", "footer", "form", "frame"),
    *("frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "i", "img", "ins", "kbd", "li"),
    *("link", "mark", "marquee", "meta", "noscript", "ol", "p", "picture", "pre", "q", "rp", "rt", "ruby", "s"),
    *("samp", "section", "small", "source", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody"),
    *("td", "textarea", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "video", "wbr"),
)
_BREAKS = frozenset({"br", "hr", "/p", "/div", "/li", "/tr", "/h1", "/h2", "/h3", "/h4", "/h5", "/h6"})
_MARKUP = re.compile(
    rf"<!--|<(?P<tag>/?(?:{'|'.join(_TAGS)}))(?=[\s/>])(?:\"[^\"<]*\"|'[^'<]*'|[^<>])*+>", re.IGNORECASE | re.ASCII
)
_ENDS = {
    "<!--": re.compile("-->"),
    **{block: re.compile(rf"</{block}\b[^<>]*>", re.IGNORECASE | re.ASCII) for block in _BLOCKS},
}
# Of the invisible: what steers the direction of writing, what has no width, what can carry a hidden text.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# A joiner is at home inside an emoji or a word of Persian or Hindi; beside ASCII it only hides a word.
_JOINER = re.compile(
    "(?:^|(?<=[\x00-\x7f]))[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|$)|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_ROUNDS = 4
_LOOKALIKES = str.maketrans("<>[]#", "‹›()＃")


def clean_for_prompt(text: str) -> str:
    """Return `text` without what is no word to a reader; never longer, in time linear in its length.

    Scripts, styles, frames and HTML comments go with what they hold, tags of HTML by themselves; `<START>`, `<USER>`
    and whatever else is no tag of HTML stays. What takes its place is a line break where a page would have one.
    """
    text = _JOINER.sub("", _HIDDEN.sub("", text))
    for _ in range(_ROUNDS):
        cleaned = TEMPLATE_TOKEN.sub("", "".join(_outside_markup(text)))
        if cleaned == text:
            return text
        text = cleaned
    return _defused(text)


def _outside_markup(text: str) -> Iterator[str]:
    last = {kind: _last(end, text) for kind, end in _ENDS.items()} if "<" in text else {}
    place = 0
    while found := _MARKUP.search(text, place):
        yield text[place : found.start()]
        tag = (found["tag"] or "<!--").lower()
        # Where a block is not closed only its tag goes: looking for its end again and again would cost the square.
        closed = _ENDS[tag].search(text, found.end()) if found.end() <= last.get(tag, -1) else None
        place = closed.end() if closed else found.end()
        if tag in _BREAKS:
            yield "\n"
    yield text[place:]


def _last(end: re.Pattern[str], text: str) -> int:
    """Where the last match begins; -1 if there is none."""
    place = -1
    for found in end.finditer(text):
        place = found.start()
    return place


def _defused(text: str) -> str:
    """Tags that were nested so that taking one out makes another: their brackets become ones that mean nothing."""
    for pattern in (_MARKUP, TEMPLATE_TOKEN):
        text = pattern.sub(lambda found: found[0].translate(_LOOKALIKES), text)
    return text
