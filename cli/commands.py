"""What a line typed in a chat means: words for the character, or a command."""

from dataclasses import dataclass
from difflib import get_close_matches

from langgraph_roleplay.errors import RoleplayError

__all__ = ["COMMANDS", "Line", "UnknownCommand", "parse_line"]

COMMANDS = {
    "why": ("/why", "what this turn planned, remembered, knew and checked"),
    "swipe": ("/swipe", "redo the last reply"),
    "continue": ("/continue", "let the character go on with the last reply"),
    "undo": ("/undo", "take back the last turn"),
    "edit": ("/edit TEXT", "replace your last message and have it answered anew"),
    "export": ("/export [FILE]", "write the conversation to a .md or .jsonl file"),
    "help": ("/help", "this list"),
    "quit": ("/quit", "leave; the conversation is kept (Ctrl-D does the same)"),
}
"""Name to usage and meaning."""

_OTHER_NAMES = {"exit": "quit", "q": "quit", "bye": "quit", "?": "help", "regenerate": "swipe", "redo": "swipe"}


class UnknownCommand(RoleplayError):
    """A line starts with `/` and no command is called that."""


@dataclass(frozen=True)
class Line:
    """One line: `command` is empty for words to the character; `text` is these words, or the command's argument."""

    command: str
    text: str


def parse_line(line: str) -> Line:
    """Read one line; `//` at its start is a message that starts with `/`.

    Raises:
        UnknownCommand: names the nearest command.
    """
    text = line.strip()
    if text.startswith("//"):
        return Line("", text[1:])
    if not text.startswith("/"):
        return Line("", text)
    word, _, argument = text[1:].partition(" ")
    name = _OTHER_NAMES.get(word.lower(), word.lower())
    if name not in COMMANDS:
        raise _unknown(word)
    return Line(name, argument.strip())


def _unknown(word: str) -> UnknownCommand:
    near = get_close_matches(word.lower(), [*COMMANDS, *_OTHER_NAMES], n=1, cutoff=0.7)
    hint = f"did you mean /{_OTHER_NAMES.get(near[0], near[0])}?" if near else "/help lists the commands."
    return UnknownCommand(f"No command /{word[:40]}: {hint} A message that starts with / is written with //.")
