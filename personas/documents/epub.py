"""EPUB: a zip of HTML pages, and a list that says in which order they are read.

Nothing is unpacked to disk, and what a stranger's book may make us read is bounded as it is for cards.
"""

import io
import posixpath
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from langgraph_roleplay.errors import PersonaError
from langgraph_roleplay.personas.cards.archives import Archive, opened_archive
from langgraph_roleplay.personas.documents.document import DocumentError
from langgraph_roleplay.personas.documents.html import Markup, read_markup

__all__ = ["Epub", "read_epub"]

_CONTAINER = "META-INF/container.xml"
_MOST_BYTES = 100_000_000
"""Of all pages, unpacked."""


class Epub(NamedTuple):
    """A book's title and its pages, in the order in which they are read."""

    title: str
    pages: list[str]


def read_epub(content: bytes, name: str) -> Epub:
    """Read a book.

    Args:
        content: of the file.
        name: of the file, for errors.

    Raises:
        DocumentError: it is damaged, encrypted, no EPUB, or grows beyond all bounds.
    """
    try:
        with opened_archive(io.BytesIO(content), name, of="book") as archive:
            book = _Book(archive, name)
            path = _package_path(book)
            package = read_markup(book.text(path))
            # A page that is named a hundred thousand times is read once.
            pages = [read_markup(book.text(page)).text for page in dict.fromkeys(_spine(package, path))]
    except PersonaError as error:
        raise DocumentError(str(error)) from error
    return Epub(package.title, [page for page in pages if page])


class _Book:
    """Reads pages while they stay within bounds together."""

    def __init__(self, archive: Archive, name: str) -> None:
        self._archive = archive
        self._name = name
        self._left = _MOST_BYTES

    def text(self, path: str) -> str:
        """A member as text."""
        if path not in self._archive.members:
            raise DocumentError(
                f"{self._name}: no {path or 'package document'} in it, so this is no EPUB or a damaged one."
            )
        content = self._archive.read(path)
        self._left -= len(content)
        if self._left < 0:
            raise DocumentError(f"{self._name}: unpacks to more than {_MOST_BYTES // 10**6} MB of text.")
        return content.decode("utf-8-sig", "replace")


def _package_path(book: _Book) -> str:
    tags = read_markup(book.text(_CONTAINER)).tags
    return next((about.get("full-path", "") for tag, about in tags if tag == "rootfile"), "")


def _spine(package: Markup, path: str) -> Iterator[str]:
    files = {about.get("id", ""): about.get("href", "") for tag, about in package.tags if tag == "item"}
    for reference in (about.get("idref", "") for tag, about in package.tags if tag == "itemref"):
        href = unquote(files.get(reference, "")).partition("#")[0]
        if href:  # a path that leads out of the book names no member of the zip
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), href))
