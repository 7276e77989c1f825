"""A document as it was read: its chapters, in their order."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath

from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.personas.card import make_slug

__all__ = ["Document", "DocumentError", "Section"]


class DocumentError(RoleplayError):
    """A document can't be read; the text names the file and what would help."""


@dataclass(frozen=True)
class Section:
    """A chapter, or what stands under a heading."""

    heading: str
    text: str
    """Paragraphs, with an empty line between them."""
    story_time: float | None = None
    """Number of the chapter; None for what is known all along."""


@dataclass(frozen=True)
class Document:
    """What was read from one file."""

    title: str
    sections: tuple[Section, ...]
    source: str = ""
    """Name of the file."""
    notes: tuple[str, ...] = ()
    """What a person should know of how it was read, in sentences."""

    @property
    def id(self) -> str:
        """Slug of the file's name with its suffix, because `notes.txt` is not `notes.md`; or of the title."""
        return make_slug(PurePath(self.source).name) or make_slug(self.title) or self.hash

    @cached_property
    def hash(self) -> str:
        """Twelve hex digits that change with the text, the headings and the times."""
        parts = [self.title, *([section.heading, section.text, section.story_time] for section in self.sections)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]

    @property
    def chapters(self) -> int:
        """How many moments of the story it tells of."""
        return len({section.story_time for section in self.sections} - {None})

    def at(self, story_time: float | None) -> "Document":
        """The same document, all of it known from this moment on; None: all along."""
        return replace(self, sections=tuple(replace(section, story_time=story_time) for section in self.sections))
