"""Reading documents: one table of readers by suffix. What they need beyond Python comes with the extra `documents`."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from langchain_core.documents import Document as Page

from langgraph_roleplay.personas.documents.chapters import divide
from langgraph_roleplay.personas.documents.document import Document, DocumentError, Section
from langgraph_roleplay.personas.documents.epub import read_epub
from langgraph_roleplay.personas.documents.html import read_markup

__all__ = ["DOCUMENT_SUFFIXES", "load_document"]

_MOST_BYTES = 50_000_000
_MOST_CHARACTERS = 20_000_000
_MOST_PAGES = 5_000
"""Of a PDF."""
_MOST_RATIO = 200
"""Characters for each byte of a PDF; a real one has fewer than ten, one whose pages share a stream any number."""
_RATIO_FROM = 1_000_000
"""Characters up to which that harms nobody."""
_LATIN_1 = "not UTF-8, so it was read as Latin-1: look at its accents and quotes"
_GUTENBERG = re.compile(r"\*\*\* ?(?:START|END) OF (?:THE|THIS) PROJECT GUTENBERG EBOOK[^*]*\*\*\*", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6}[ \t]{1,9}(?P<text>\S.{0,200}?)[ \t]{0,9}#{0,6}[ \t]{0,9}$", re.MULTILINE)
_LEAST_CHAPTER = 1_000
"""Characters from which a page of an EPUB without numbers counts as a chapter; covers and dedications have less."""


class _Read(NamedTuple):
    sections: Sequence[Section]
    title: str = ""
    notes: tuple[str, ...] = ()


def load_document(path: Path) -> Document:
    """Read a document; it blocks.

    Args:
        path: of a .txt, .md, .html, .pdf or .epub file.

    Raises:
        DocumentError: it can't be read, is empty or too large, is of another kind, or the extra is missing.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DocumentError(f"{path.name}: not one of {', '.join(sorted(DOCUMENT_SUFFIXES))}; save it as one of them.")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DocumentError(f"{path.name}: larger than {_MOST_BYTES // 10**6} MB; attach it in parts.")
        read = reader(path)
    except OSError as error:
        raise DocumentError(f"{path.name}: can't be read ({error.strerror or error}).") from error
    except ImportError as error:
        raise DocumentError(
            f"{path.name}: documents need: pip install 'langgraph-roleplay[documents]' ({error.name} is missing)."
        ) from error
    return _checked(path, read)


def _checked(path: Path, read: _Read) -> Document:
    sections = tuple(section for section in read.sections if any(map(str.isalnum, section.text)))
    if not sections:
        hint = "; a scanned PDF has pictures of text alone, run OCR on it" if path.suffix.lower() == ".pdf" else ""
        raise DocumentError(f"{path.name}: no text in it{hint}.")
    if sum(len(section.text) for section in sections) > _MOST_CHARACTERS:
        raise DocumentError(
            f"{path.name}: more than {_MOST_CHARACTERS // 10**6} million characters; attach it in parts."
        )
    return Document(read.title or path.stem.replace("_", " "), sections, source=path.name, notes=read.notes)


def _read_text(path: Path) -> _Read:
    text, notes = _decoded(path)
    return _Read(divide(_own_text(text)), notes=notes)


def _read_markdown(path: Path) -> _Read:
    text, notes = _decoded(path)
    chapters = divide(text)
    titles = [found["text"] for found in _HEADING.finditer(text) if found[0].startswith("# ")]
    title = titles[0] if len(titles) == 1 else ""
    return _Read([part for chapter in chapters for part in _by_heading(chapter)], title, notes)


def _read_html(path: Path) -> _Read:
    markup, notes = _decoded(path)
    page = read_markup(markup)
    return _Read(divide(_own_text(page.text)), page.title, notes)


def _read_pdf(path: Path) -> _Read:
    from langchain_community.document_loaders import PyPDFLoader  # noqa: PLC0415 - of the extra
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - of the extra

    try:
        pages = list(_within_bounds(path, PyPDFLoader(str(path), mode="page").lazy_load()))
    except (PyPdfError, ValueError) as error:
        raise DocumentError(f"{path.name}: a damaged or encrypted PDF ({error}).") from error
    title = str(pages[0].metadata.get("title") or "") if pages else ""
    return _Read(divide("\n\n".join(page.page_content for page in pages)), title)


def _within_bounds(path: Path, pages: Iterable[Page]) -> Iterator[Page]:
    """Pages as they are read, because what is too much is known only then."""
    most = min(_MOST_CHARACTERS, max(_RATIO_FROM, _MOST_RATIO * path.stat().st_size))
    read = 0
    for page in pages:
        if page.metadata["total_pages"] > _MOST_PAGES:
            raise DocumentError(f"{path.name}: more than {_MOST_PAGES:,} pages; attach it in parts.")
        read += len(page.page_content)
        if read > most:
            raise DocumentError(
                f"{path.name}: more than {most:,} characters, too many for its size; attach it in parts."
            )
        yield page


def _read_epub(path: Path) -> _Read:
    book = read_epub(path.read_bytes(), path.name)
    chapters = divide("\n\n".join(book.pages))
    if any(chapter.story_time is not None for chapter in chapters):
        return _Read(chapters, book.title)
    return _Read(list(_numbered(book.pages)), book.title)


def _numbered(pages: Sequence[str]) -> list[Section]:
    """Pages as chapters, where no heading has a number."""
    sections: list[Section] = []
    number = 0
    for page in pages:
        number += len(page) >= _LEAST_CHAPTER
        heading, _, _ = page.partition("\n")
        sections.append(Section(heading[:80], page, float(number) if number else None))
    return sections


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a file, and what is to be said of its encoding."""
    from langchain_community.document_loaders import TextLoader  # noqa: PLC0415 - of the extra

    content = path.read_bytes()
    encoding = _encoding(content)
    if encoding != "utf-16" and b"\0" in content:
        raise DocumentError(f"{path.name}: not text; it looks like a program or a picture.")
    [loaded] = TextLoader(str(path), encoding=encoding).load()
    return loaded.page_content, (f"{path.name}: {_LATIN_1}.",) if encoding == "latin-1" else ()


def _encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _own_text(text: str) -> str:
    """Without what Project Gutenberg puts before and after a book."""
    parts = _GUTENBERG.split(text)
    return parts[1] if len(parts) == 3 else text


def _by_heading(chapter: Section) -> list[Section]:
    """A chapter, or the whole, by the headings of Markdown in it; they don't say when it is."""
    found = list(_HEADING.finditer(chapter.text))
    starts = [heading.start() for heading in found] + [len(chapter.text)]
    parts = [Section(chapter.heading, chapter.text[: starts[0]].strip(), chapter.story_time)]
    for heading, end in zip(found, starts[1:], strict=True):
        title = f"{chapter.heading}: {heading['text']}" if chapter.heading else heading["text"]
        parts.append(Section(title, chapter.text[heading.end() : end].strip(), chapter.story_time))
    return parts


_READERS: dict[str, Callable[[Path], _Read]] = {
    ".epub": _read_epub,
    ".htm": _read_html,
    ".html": _read_html,
    ".markdown": _read_markdown,
    ".md": _read_markdown,
    ".pdf": _read_pdf,
    ".txt": _read_text,
    ".xhtml": _read_html,
}
DOCUMENT_SUFFIXES = frozenset(_READERS)
"""Suffixes of files that can be read."""
