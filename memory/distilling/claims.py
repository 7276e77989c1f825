"""Whether a sentence claims what it says: or asks it, denies it, supposes it, dreams it, or has it from hearsay."""

import re
from collections.abc import Iterable

from langgraph_roleplay.memory.distilling.wording import content, sentences

__all__ = ["asks", "denies", "ends", "nearest_claim", "supposes"]

_IN_FICTION = r"(?:game|story|novel|tale|book|film|movie|dream|scene|legend|song|play|script|nightmare)s?"
_FRAMES = (
    # Whatever stands in the same sentence is not claimed.
    r"\bif\b|\bunless\b|\bwould\b|'d\b(?! better)|\bwish(?:es|ed)?\b|\bimagin\w*|\bpretend\w*|\bsuppos\w*|\bhypothe\w*",
    rf"\bdream(?:s|ed|t|ing)?\b|\bin (?:the|a|an|my|our|your|her|his|their|this|that|one) (?:\w+ )?{_IN_FICTION}\b",
    r"\bon stage\b|\bkidding\b|\bjok(?:e|es|ed|ing)\b|\bjust a lie\b|\bi lied\b|\bmake-believe\b",
    r"\b(?:think|thinks|thought|believes?|believed|says?|claims?|claimed|hopes?|hoped|fears?) that\b",
    r"\b(?:people|they|everyone|some|rumou?r)\b[^.,;]{0,20}\bsays?\b|\brumou?rs?\b|\ballegedly\b|\bsupposedly\b",
    r"\b(?:si|rêv\w+|imagin\w+)\b|\b(?:wenn|falls|träum\w+|würde|wäre|stell dir vor)\b|\b(?:soñ\w+|sueñ\w+|ojalá)\b",
    r"如果|要是|假如|假装|梦见|梦到|做梦|想象|据说|听说|小说里|游戏里|もし|夢で|たら",
)
_DOUBTS = (
    # What stands in the same clause is not claimed.
    r"\b(?:might|maybe|perhaps|possibly|probably|could|should|almost|nearly|plans? to|planning to|going to"
    r"|hopes? to|wants? to|about to|will|shall|used to|once|formerly|had|previously|long ago"
    r"|as a (?:child|kid|girl|boy))\b",
    r"\b(?:peut-être|presque|vais|va|vielleicht|fast|quizás?|tal vez|casi)\b|也许|可能|大概|差点|打算|曾经|たぶん|かも",
)
_FRAME = re.compile("|".join(_FRAMES), re.IGNORECASE)
_DOUBT = re.compile("|".join(_DOUBTS), re.IGNORECASE)
_ENDED = re.compile(
    r"\bno longer\b|\bnot\b[^.,;]{0,40}\bany ?more\b|n't\b[^.,;]{0,40}\bany ?more\b|\bstopp(?:ed|ing)\b|\bgave up\b"
    r"|\bgiven up\b|\bquit\b|\bceased\b|\bne\b[^.,;]{0,30}\bplus\b|\bnicht mehr\b|\bkein\w* mehr\b|\bya no\b"
    r"|不再|已经不",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|never|no|nor|neither|none|nothing|without)\b|n't\b|\bne\b|\bpas\b|\bnicht\b|\bkein\w*\b|\bnunca\b"
    r"|[不没沒未]|ない|ません",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:，；、]|\s+(?:but|and|yet|mais|aber|pero|because|so)\s+|\.\s", re.IGNORECASE)
_EXCLAIMED_NO = re.compile(r"^\W*(?:no|nein|non|不)\b[,.!]\s*", re.IGNORECASE)
_QUESTION = re.compile(r"[?？]\W*$|吗\W*$")


def asks(sentence: str) -> bool:
    """Tell whether it is a question."""
    return _QUESTION.search(sentence) is not None


def ends(sentence: str) -> bool:
    """Tell whether it says that something is no longer so."""
    return _ENDED.search(sentence) is not None


def denies(sentence: str) -> bool:
    """Tell whether something in it is denied."""
    return _DENIED.search(_EXCLAIMED_NO.sub("", sentence)) is not None


def supposes(sentence: str, *, clause: str | None = None) -> bool:
    """Tell whether what it says is supposed, dreamt, played, planned, past, doubted, or the word of others.

    Args:
        sentence: where the frame of a claim stands (`in the game`, `if`).
        clause: the part that makes the claim, where a doubt about it stands (`might`); default: all of it.
    """
    return _FRAME.search(sentence) is not None or _DOUBT.search(clause or sentence) is not None


def nearest_claim(fact: str, texts: Iterable[str]) -> tuple[str, str]:
    """The sentence of `texts`, and the clause in it, that has most words of `fact`; the latest of equals."""
    about = content(fact)
    claims = [
        (len(about & content(clause)), len(about & content(sentence)), sentence, clause)
        for text in texts
        for sentence in sentences(text)
        for clause in _CLAUSE.split(sentence)
        if clause and clause.strip()
    ]
    if not claims:
        return "", ""
    most = max((shared, around) for shared, around, _, _ in claims)
    return next((sentence, clause) for shared, around, sentence, clause in reversed(claims) if (shared, around) == most)
