"""EPUB: a zip of HTML pages, and a list that says in which order they are read.

Nothing is unpacked to disk, and what a stranger's book may make us read is bounded.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from langgraph_roleplay.personas.documents.document import DocumentError
from langgraph_roleplay.personas.documents.html import Markup, read_markup

__all__ = ["Epub", "read_epub"]

_CONTAINER = "META-INF/container.xml"
_MOST_FILES = 10_000
_MOST_BYTES = 100_000_000
"""Of all pages, unpacked."""
_MOST_RATIO = 200
"""Times that a page grows when it is unpacked; text grows three- to tenfold."""


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
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            book = _Archive(archive, name)
            path = _package_path(book)
            package = read_markup(book.text(path))
            pages = [read_markup(book.text(page)).text for page in _spine(package, path)]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"{name}: a damaged or encrypted EPUB ({error}).") from error
    return Epub(package.title, [page for page in pages if page])


class _Archive:
    """Reads members of a zip while they stay within bounds."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._left = _MOST_BYTES
        if len(archive.infolist()) > _MOST_FILES:
            raise DocumentError(f"{name}: more than {_MOST_FILES:,} files in it, which no book needs.")

    def text(self, path: str) -> str:
        """A member as text."""
        try:
            member = self._archive.getinfo(path)
        except KeyError as error:
            raise DocumentError(f"{self._name}: no {path} in it, so this is no EPUB or a damaged one.") from error
        # Read with a bound, because the size that a zip states may be a lie.
        most = min(self._left, max(1_000_000, member.compress_size * _MOST_RATIO))
        with self._archive.open(member) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise DocumentError(f"{self._name}: {path} unpacks to more than a book's page can be.")
        self._left -= len(content)
        return content.decode("utf-8-sig", "replace")


def _package_path(book: _Archive) -> str:
    tags = read_markup(book.text(_CONTAINER)).tags
    return next((about.get("full-path", "") for tag, about in tags if tag == "rootfile"), "")


def _spine(package: Markup, path: str) -> Iterator[str]:
    files = {about.get("id", ""): about.get("href", "") for tag, about in package.tags if tag == "item"}
    for reference in (about.get("idref", "") for tag, about in package.tags if tag == "itemref"):
        href = unquote(files.get(reference, "")).partition("#")[0]
        if href:  # a path that leads out of the book names no member of the zip
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), href))
