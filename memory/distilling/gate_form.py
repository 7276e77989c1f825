"""Whether a text has the form of a memory: a statement about somebody by name, not too long and not empty."""

import re

from langgraph_roleplay.memory.distilling.claims import asks
from langgraph_roleplay.memory.distilling.wording import content

__all__ = ["fault_of_form"]

_ME = re.compile(
    r"\b(?:I|I'm|I've|I'll|I'd|my|me|myself|mine|we|our|us)\b|\b(?:je|j'|moi|mon|ma|mes|ich|mein\w*|mich|mir|yo|mi|mis)\b"
    r"|[我俺咱]|私|僕|俺",
)
_ME_ANY_CASE = re.compile(r"\b(?:i'm|i've|i'll|my|myself)\b", re.IGNORECASE)
_YOU = re.compile(
    r"\b(?:you|your|yours|yourself|you're|tu|toi|vous|votre|dein\w*|dich|tú|usted)\b|[你您妳]|あなた|君は",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|(?<!\w)'(?:[^']|'(?=\w))*'(?!\w)")
_UNNAMED = re.compile(
    r"^\W*(?:he|she|they|it|this|that|there|someone|somebody|the user|user|the speaker)\b", re.IGNORECASE
)
_REPEATED = re.compile(r"(\b.{2,40}\b)(?:\W+\1){2,}", re.IGNORECASE | re.DOTALL)


def fault_of_form(text: str, *, longest: int, narrated: bool) -> tuple[str, str] | None:
    """The rule that the form breaks, and how; None if it is in order.

    Args:
        text: of a candidate.
        longest: how many characters it may have.
        narrated: whether it tells of a stretch of talk (a summary), in which questions were asked.
    """
    if len(content(text)) < 2:
        return "empty", "it says nothing"
    if len(text) > longest:
        return "long", f"{len(text)} characters, at most {longest}"
    if asks(text) and not narrated:
        return "question", "it asks"
    if person := _fault_of_person(text):
        return "person", person
    if _REPEATED.search(text) or (not narrated and "\n" in text.strip()):
        return "form", "it is no statement"
    return None


def _fault_of_person(text: str) -> str:
    plain = _QUOTED.sub("", text)
    if _ME.search(plain) or _ME_ANY_CASE.search(plain) or _YOU.search(plain):
        return "it says I or you, and nobody will know who that was"
    return "it doesn't name whom it is about" if _UNNAMED.search(text) else ""
