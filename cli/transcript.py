"""A conversation on paper: Markdown to read, JSON lines to work with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from langgraph_roleplay.errors import RoleplayError

__all__ = ["Said", "Transcript", "write_transcript"]


@dataclass(frozen=True)
class Said:
    """One message: `role` is `user` or `character`, `name` is what the speaker is called."""

    role: str
    name: str
    text: str


@dataclass(frozen=True)
class Transcript:
    """A conversation as it was said, the greeting included."""

    thread: str
    persona: str
    said: Sequence[Said]

    def markdown(self) -> str:
        """As a page."""
        lines = [f"# {self.thread}", *(f"**{line.name}:** {line.text}" for line in self.said)]
        return "\n\n".join(lines) + "\n"

    def json_lines(self) -> str:
        """As one JSON object a message."""
        rows = [
            {"thread": self.thread, "persona": self.persona, "role": line.role, "name": line.name, "text": line.text}
            for line in self.said
        ]
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_transcript(transcript: Transcript, path: Path) -> None:
    """Write `transcript` to a new file, in the form that its suffix names.

    Raises:
        RoleplayError: the suffix is neither, the file is there already, or it can't be written.
    """
    if path.suffix.lower() not in (".md", ".jsonl"):
        raise RoleplayError(f"{path.name!r} should end in .md (to read) or .jsonl (one JSON object a message).")
    text = transcript.markdown() if path.suffix.lower() == ".md" else transcript.json_lines()
    try:
        with path.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except FileExistsError as error:
        raise RoleplayError(f"{path} is there already; give another name.") from error
    except OSError as error:
        raise RoleplayError(f"{path} can't be written: {error.strerror}.") from error
