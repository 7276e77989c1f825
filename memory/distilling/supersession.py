"""Whether one fact takes the place of another: same subject, same relation, other value, and a change that was said.

Wrong in one way only: two facts that may both hold are both kept, the newer one ranking higher. So a value that merely
differs replaces nothing; what was said must name a change (`now`, `no longer`, `moved`), or the old value as the old
one (`instead of`, `not`), in a claim without ifs, frames, parts or other people. An age may do without.
"""

import re
from collections.abc import Iterable, Sequence

from langgraph_roleplay.memory.distilling.claims import asks, denies, ends, nearest_claim, supposes
from langgraph_roleplay.memory.distilling.values import is_value
from langgraph_roleplay.memory.distilling.wording import content, marks
from langgraph_roleplay.memory.records import Memory

__all__ = ["key_of", "replaced", "replaces"]

_ALIASES = {
    "home": "live in|live at|reside in|move to|move into|relocate to|home|residence|address|habite à|habiter à|habite"
    "|wohnt in|wohnen in|vive en|vivir en|住在|住",
    "work": "work as|work|job|profession|occupation|become|arbeitet als|travaille comme|trabaja como|工作",
    "employer": "work at|work for|employer|employ by|workplace",
    "name": "name|is name|is call|call|full name|heißt|s'appelle|se llama|叫|名字",
    "age": "age|is aged|year old|is year old|年龄",
    "marriage": "is marry to|marry to|marry|marital status|spouse|husband|wife|is single|relationship status|结婚",
    "place": "is in|is on|is at|is under|is locate in|locate in|location|lie in|stand in",
    "company": "live with",
}
"""Relations of which there is one value at a time, under the names that models give them."""
_SINGLE = """
password captain boss leader king queen president mayor owner manager birthday email phone number phone_number date time
status weight height mood boyfriend girlfriend partner fiance employer nickname room title rank
"""
_VOCABULARY = {
    "home": "home address house flat residence",
    "work": "job work profession occupation",
    "employer": "job work employer",
    "name": "name surname",
    "age": "age year old",
    "marriage": "husband wife spouse marital status",
    "place": "place location",
    "company": "home",
}
_CHANGE = re.compile(
    r"\bnow\b|\bnew\b|\bnowadays\b|\bthese days\b|\bfrom now on\b|\bmoved\b|\bchanged\b|\bbecame\b|\bbecome\b"
    r"|\bstarted\b|\bswitched\b|\bgot (?:married|divorced|engaged)\b|\brenamed\b|\bagain\b|\bno longer\b|\bany ?more\b"
    r"|\bretired\b|\bpromoted\b|\breplaced\b|\bjetzt\b|\bumgezogen\b|\bmaintenant\b|\bdéménagé\b|\bahora\b|现在|搬到|改|今は",
    re.IGNORECASE,
)
_MOVED_SELF = re.compile(r"\bmoved (?:to|from|into|in|back|out|house|home|away|here|there|with)\b", re.IGNORECASE)
_OLD_ONE = re.compile(
    r"\b(?:instead of|rather than|not|left|no longer|(?:moved|switched|changed|turned) from)\b(.+?)(?=[.,;!]|\bto\b|$)",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\bas \w+ as\b"
    r"|\balso\b|\btoo\b|\bas well\b|\banother\b|\bsecond (?:home|house|job)\b|\bpart(?:ly|-time| of)\b|\bsometimes\b"
    r"|\boften\b|\b(?:at|on|during|in) (?:the |my |her |his )?(?:week\w*|\w+days?|morning|evening|night|summer|winter"
    r"|spring|autumn|holidays?)\b"
    r"|\bthis (?:week|month|morning|evening|summer|winter)\b|\btoday\b|\btonight\b|\bfor now\b"
    r"|\btemporar\w+|\bwhen\b|\bwhile\b|\bunder (?:the|a) name\b|\b(?:pen|stage) name\b|\balias\b|\bauch\b|\baussi\b"
    r"|\btambién\b|\b(?:colou?r|food|drink|song|book) for\b|也|周末",
    re.IGNORECASE,
)
_ON_A_DAY = re.compile(r"(?:on|at|in) ", re.IGNORECASE)
_OF = re.compile(r"\bof (?:the |an? )?(\w+)")
_DATED = re.compile(r"\b(?:on|in) \d{4}-\d\d")
_SINCE = re.compile(r"\bsince\b|\bmoved\b|\bbecame\b|\bstarted\b|\bgot\b|\bchanged\b", re.IGNORECASE)
_POSSESSED = re.compile(r"(\w+)['’]s (?:(?:new|old|current|full|first|last|favou?rite|phone|marital) )*(\w+)")
_CUES = content(
    "now new nowadays moved changed became become started switched renamed again longer more stopped gave given quit "
    "ceased anymore maintenant jetzt ahora 现 在 再 改 搬"
)
_ARTICLES = frozenset(("the", "a", "an"))


def key_of(relation: str) -> str:
    """One name for a relation and its other names."""
    stemmed = _stemmed(" ".join(re.findall(r"\w+|[^\w\s]", relation.casefold().replace("_", " "))))
    for key, names in _BY_STEM.items():
        if stemmed in names:
            return key
    return stemmed


def _stemmed(text: str) -> str:
    """The words of a relation in their order, inflections apart."""
    return " ".join(next(iter(marks(word)), word) for word in text.split())


_BY_STEM = {key: {_stemmed(name) for name in names.split("|")} for key, names in _ALIASES.items()}
_TIMES = frozenset(_stemmed(word) for word in ("date", "time"))
_SINGLE_STEMS = frozenset(_stemmed(word.replace("_", " ")) for word in _SINGLE.split())


def replaced(new: Memory, stored: Iterable[Memory], *, said: Iterable[str]) -> tuple[str, ...]:
    """Ids of the stored facts whose place `new` takes.

    Args:
        new: a fact with subject and relation.
        stored: facts of the same character and user that are not superseded yet.
        said: the texts of its evidence.
    """
    texts = list(said)
    return tuple(sorted(old.id for old in stored if replaces(new, old, said=texts)))


def replaces(new: Memory, old: Memory, *, said: Sequence[str]) -> bool:
    """Tell whether `new` takes the place of `old`; see the module for when it does."""
    if not (_same_matter(new, old) and new.at >= old.at and _trusted(new, old)):
        return False
    sentence, clause = nearest_claim(new.text, said) if said else (new.text, new.text)
    if not _claimed(new, sentence, clause) or _past(old):
        return False
    value, before = _value(new), _value(old)
    if ends(new.text):
        return value == before
    if denies(new.text) != denies(old.text):
        return value == before and _changes(new, sentence)
    if value <= before:
        return False
    return _names_as_old(before, new.text, sentence) or (
        not before <= value and _single(new, sentence) and _fits(new, old, value, before)
    )


def _same_matter(new: Memory, old: Memory) -> bool:
    if new.id == old.id or not (new.subject and old.subject and new.relation and old.relation):
        return False
    same = key_of(new.relation) == key_of(old.relation)
    return same and _subject(new) == _subject(old) and (new.character, new.user) == (old.character, old.user)


def _subject(fact: Memory) -> frozenset[str]:
    return marks(fact.subject or "") - _ARTICLES


def _trusted(new: Memory, old: Memory) -> bool:
    """Nobody's word about somebody else stands against that one's own."""
    own = marks(old.told_by or "") == _subject(old)
    return new.trust >= old.trust and (not own or marks(new.told_by or "") == _subject(new))


def _claimed(new: Memory, sentence: str, clause: str) -> bool:
    """Tell whether the fact, and what was said, claim it plainly, of the subject itself, and for good."""
    unclear = [asks(sentence), supposes(sentence, clause=clause), supposes(new.text)]
    part = _at_times(new, new.text) or _at_times(new, clause)
    return not (any(unclear) or part or _of_another(new) or _moved_a_thing(new) or _of_one_day(new.text))


def _past(old: Memory) -> bool:
    """What happened on a day, and what is so at times only, stays true."""
    return _of_one_day(old.text) or _at_times(old, old.text)


def _at_times(fact: Memory, text: str) -> bool:
    """Tell whether it is so at times, in part, or beside something else; of a date the day is the value itself."""
    found = _PART.search(text)
    return found is not None and (key_of(fact.relation or "") not in _TIMES or not _ON_A_DAY.match(found[0]))


def _of_one_day(text: str) -> bool:
    return _DATED.search(text) is not None and not _SINCE.search(text)


def _of_another(new: Memory) -> bool:
    """Tell whether it speaks of something of the subject (`Anna's sister`), and not of what the relation names."""
    rest = new.text.replace(new.subject or "", "", 1) if "'s" in (new.subject or "") else new.text
    own = _relation_words(new)
    return any(
        content(owner) & content(new.subject or "") and not own & content(owned)
        for owner, owned in _POSSESSED.findall(rest)
    )


def _moved_a_thing(new: Memory) -> bool:
    if key_of(new.relation or "") != "home" or "moved" not in new.text:
        return False
    return not _MOVED_SELF.search(new.text)


def _relation_words(fact: Memory) -> frozenset[str]:
    return content(fact.relation or "") | content(_VOCABULARY.get(key_of(fact.relation or ""), ""))


def _value(fact: Memory) -> frozenset[str]:
    """What a fact says of its subject."""
    small = marks(fact.relation or "") if not (fact.relation or "").isascii() else frozenset()
    return content(fact.text) - content(fact.subject or "") - _relation_words(fact) - _CUES - small


def _changes(new: Memory, sentence: str) -> bool:
    return _CHANGE.search(new.text) is not None or _CHANGE.search(sentence) is not None


def _names_as_old(before: frozenset[str], *texts: str) -> bool:
    return any(before and content(named) == before for text in texts for named in _OLD_ONE.findall(text))


def _fits(new: Memory, old: Memory, value: frozenset[str], before: frozenset[str]) -> bool:
    """Tell whether it is said of the subject itself, and a value that the relation can have."""
    subject = new.subject or ""
    first = next((words for word in new.text.split() if (words := content(word) - _CUES)), frozenset[str]())
    own = first & (content(subject) | _relation_words(new))
    one = _OF.findall(new.text) == _OF.findall(old.text)
    return bool(own) and one and is_value(key_of(new.relation or ""), value, before, subject=subject, text=new.text)


def _single(new: Memory, sentence: str) -> bool:
    """Tell whether there is one value at a time, and a change of it was said; an age changes by itself."""
    key = key_of(new.relation or "")
    one = key in _ALIASES or key in _SINGLE_STEMS or key.startswith("favourit")
    return one and (key == "age" or _changes(new, sentence))
