"""Whether the evidence that a candidate cites bears it: its words, its claim, who said it, and who may know it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from langgraph_roleplay.memory.distilling.claims import asks, denies, ends, nearest_claim, supposes
from langgraph_roleplay.memory.distilling.gate_candidate import Candidate
from langgraph_roleplay.memory.distilling.inheriting import inherit, is_own_line, knowers
from langgraph_roleplay.memory.distilling.saying_when import days_meant, foreign_dates
from langgraph_roleplay.memory.distilling.wording import content, inflected, marks, numbers_and_names
from langgraph_roleplay.memory.records import Memory

__all__ = ["RULES", "Evidence"]

_GROUNDED = {"fact": 0.8, "reflection": 0.5, "summary": 0.6}
"""The share of its words that its evidence has too, beside all names and numbers: nothing of a fact of up to four words
may be the model's own, one word in five of a longer one."""
_ARTICLES = frozenset(("the", "a", "an"))
_ADDRESSED = re.compile(
    r"\b(?:you|your|yours|tu|toi|vous|votre|ton|ta|du|dein\w*|dich|dir|usted|tú)\b|[你您]|あなた", re.IGNORECASE
)
_ISO = re.compile(r"(?<!\d)\d{4}-\d\d(?:-\d\d)?(?!\d)")


@dataclass(frozen=True)
class Evidence:
    """A candidate beside what it cites, and what else the model was shown."""

    candidate: Candidate
    cited: Sequence[Memory]
    lines: Mapping[str, Memory]
    """All that the model was shown."""
    recalled: Mapping[str, Sequence[Memory]]

    @property
    def is_fact(self) -> bool:
        """Whether it is one statement about one subject."""
        return self.candidate.kind == "fact"

    @cached_property
    def participants(self) -> frozenset[str]:
        """The names of those who talk."""
        names = frozenset[str]().union(*(marks(line.speaker) for line in self.lines.values()))
        return names | marks(self.cited[0].character.replace("-", " "))

    @cached_property
    def about_user(self) -> bool:
        """Whether it is about somebody beside the character who talks, or about something of theirs."""
        users = [marks(line.speaker) for line in self.lines.values() if not is_own_line(line)]
        return bool(marks(self.candidate.subject) & frozenset[str]().union(*users))

    @property
    def about_participant(self) -> bool:
        """Whether it is about one of those who talk, or about something of theirs."""
        return bool(marks(self.candidate.subject) & self.participants)

    @cached_property
    def sources(self) -> Sequence[Memory]:
        """The cited lines that count: of the user's matters the user's own."""
        if self.is_fact and self.about_user:
            return [line for line in self.cited if not is_own_line(line)]
        return self.cited

    @cached_property
    def words(self) -> frozenset[str]:
        """What it says beside the names of those who talk."""
        return content(self.candidate.text) - self.participants

    @cached_property
    def loose(self) -> frozenset[str]:
        """Words that none of its sources has; whether a date was meant is a rule of its own."""
        said = [days_meant(line.text, line.at) for line in self.sources]
        dates = [part for found in _ISO.findall(self.candidate.text) for part in found.split("-")]
        ground, exact = content(" ".join(said)), numbers_and_names(self.candidate.text)
        loose = self.words - ground - frozenset(dates)
        return frozenset(word for word in loose if word in exact or not inflected(word, ground))

    @cached_property
    def claim(self) -> tuple[str, str]:
        """The sentence, and the clause in it, that it was taken from."""
        return nearest_claim(self.candidate.text, [line.text for line in self.sources])


def nobody(evidence: Evidence) -> str:
    """The character must know all of what it rests on."""
    known = evidence.cited[0].character in inherit(evidence.cited).observers
    return "" if known else "the character doesn't know all of what it rests on"


def subject(evidence: Evidence) -> str:
    """A fact names its subject, and so does the evidence, or the subject is one who talks in it."""
    if not evidence.is_fact:
        return ""
    named = marks(evidence.candidate.subject) - _ARTICLES
    if not named <= marks(evidence.candidate.text):
        return "it doesn't name its subject"
    known = evidence.participants.union(*(marks(line.text) for line in evidence.cited))
    return "" if named <= known else "its subject is nobody and nothing in what it rests on"


def hearsay(evidence: Evidence) -> str:
    """What is so of the user, the user has said: the character's own words about it prove nothing."""
    return "" if evidence.sources else "only the character said so, and it is about the user"


def misplaced(evidence: Evidence) -> str:
    """What one who talks says of themselves is not so of the other."""
    if not evidence.is_fact or not evidence.about_participant:
        return ""
    about, (_, clause) = marks(evidence.candidate.subject), evidence.claim
    speakers = [marks(line.speaker) | _names_of(line) for line in evidence.sources if clause in line.text]
    if any(about & names for names in speakers) or about & marks(clause) or _ADDRESSED.search(clause):
        return ""
    return "it was said of somebody else"


def _names_of(line: Memory) -> frozenset[str]:
    return marks(line.character.replace("-", " ")) if is_own_line(line) else frozenset()


def echo(evidence: Evidence) -> str:
    """What the character said out of its memory is no news."""
    if not evidence.is_fact or not all(map(is_own_line, evidence.sources)):
        return ""
    known = [memory.text for line in evidence.cited for memory in evidence.recalled.get(line.id, ())]
    return "the character had just recalled it" if known and evidence.words <= content(" ".join(known)) else ""


def secret(evidence: Evidence) -> str:
    """No word of it comes from a line that fewer may know than it would be known by."""
    heirs = inherit(evidence.cited)
    narrower = [
        line
        for line in evidence.lines.values()
        if not set(heirs.observers) <= knowers(line) or (line.secrecy == "secret" and heirs.secrecy == "open")
    ]
    return "it borrows from a secret" if any(evidence.loose & content(line.text) for line in narrower) else ""


def unsupported(evidence: Evidence) -> str:
    """Its words are those of its evidence."""
    candidate = evidence.candidate
    if not evidence.words:
        return "it says nothing beside names"
    if evidence.loose & numbers_and_names(candidate.text):
        return "it has a name or a number that what it rests on has not"
    dates = f"{candidate.text} {candidate.when or ''}"
    if foreign_dates(dates, [(line.text, line.at) for line in evidence.cited]):
        return "it has a date that what it rests on has not"
    if len(evidence.loose) > len(evidence.words) * (1 - _GROUNDED[candidate.kind]) + 1e-9:
        return f"{len(evidence.loose)} of its {len(evidence.words)} words are the model's own"
    return ""


def denied(evidence: Evidence) -> str:
    """What was denied is not claimed, nor what was claimed denied."""
    text, clause = evidence.candidate.text, evidence.claim[1]
    same = denies(text) == denies(clause) or (ends(text) and ends(clause))
    return "" if same or not evidence.is_fact else "it was said the other way round"


def unclaimed(evidence: Evidence) -> str:
    """What was only asked, supposed, dreamt or played is not a fact; said as such it may be kept."""
    if not evidence.is_fact:
        return ""
    sentence, clause = evidence.claim
    if asks(sentence):
        return "it was asked, not said"
    as_such = supposes(evidence.candidate.text) or not supposes(sentence, clause=clause)
    return "" if as_such else "it was not said as a fact"


RULES: tuple[Callable[[Evidence], str], ...] = (
    nobody,
    subject,
    hearsay,
    misplaced,
    echo,
    secret,
    unsupported,
    denied,
    unclaimed,
)
"""In this order; each gives the fault that it finds, or nothing."""
