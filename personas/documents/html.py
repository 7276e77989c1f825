"""Text of HTML by block: a heading is a line of its own, and a paragraph is one, whatever is bold in it.

Read as it streams by, without a tree: LangChain's loader of HTML gives text without its headings, so that a book would
lose its chapters, and a stranger's hundred thousand nested tags would keep a tree busy for hours.
"""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import NamedTuple

__all__ = ["Markup", "read_markup"]

_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg"})
_TITLES = frozenset({"title", "dc:title"})
_BLOCKS = frozenset(
    (
        *("article", "aside", "blockquote", "body", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "li", "main", "nav", "ol", "p", "pre"),
        *("section", "table", "td", "th", "tr", "ul"),
    )
)
_UNCLOSED = re.compile(r"<(?=[^<>]*(?:<|\Z))")
_EMPTY_LINES = re.compile(r"\n\s*\n")


class Markup(NamedTuple):
    """What a page of HTML, or an XML file about a book, holds."""

    text: str
    """Paragraphs with an empty line between them; nothing of scripts."""
    title: str
    tags: list[tuple[str, dict[str, str]]]
    """Names of tags in lower case, with their attributes, in their order."""


def read_markup(markup: str) -> Markup:
    """Read HTML or XML; nothing that it names is fetched, and no entity of its own is expanded."""
    reader = _Reader()
    reader.feed(_harmless(markup))
    reader.close()
    paragraphs = (" ".join(part.split()) for part in _EMPTY_LINES.split("".join(reader.text)))
    text = "\n\n".join(part for part in paragraphs if part)
    return Markup(text, " ".join("".join(reader.title).split()), reader.tags)


def _harmless(markup: str) -> str:
    """Without comments and with every tag closed: for each that isn't, the parser would look through all the rest."""
    first, *others = markup.split("<!--")
    return _UNCLOSED.sub("&lt;", first + "".join(other.partition("-->")[2] for other in others))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.title: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._inside = Counter[str]()
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in _UNSEEN:
            self._inside[tag] += 1
        self._in_title = tag in _TITLES and not self.title
        self.text.append(self._between(tag))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside[tag] > 1:
            self._inside[tag] -= 1
        else:
            del self._inside[tag]
        self._in_title = False
        self.text.append(self._between(tag) if tag != "br" else "")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._inside:
            self.text.append(data)

    @staticmethod
    def _between(tag: str) -> str:
        return "\n\n" if tag in _BLOCKS else "\n" if tag == "br" else ""
