"""Whether a card speaks, acts or feels for the user, who would rather do that alone."""

import re
from collections.abc import Iterator

from langgraph_roleplay.personas.warnings.verbs import CHINESE, FEELINGS, SECOND_PERSON, THIRD_PERSON

__all__ = ["acts_in_examples", "acts_in_greeting", "is_told_to_act"]

_USER = r"(?:\{\{ ?user ?\}\}|<user>)"
_ADVERB = r"(?:\w{1,20}ly |also |just |now |only |soon |then )?"
_LINE = re.compile(rf"^[ \t*_>]{{0,4}}(?:{_USER}|you|你|用户)[ \t*_]{{0,3}}[:：]", re.IGNORECASE | re.MULTILINE)
# What stands after "when" or "if" is a condition and no decision; what hangs on "as" is seen, not decided.
_CONDITION = (
    r"(?P<condition>\b(?:after|as|before|how|if|in case|once|since|that|unless|until|what|whatever|when|whenever|where"
    r"|whether|while|who|why|makes?|lets?|letting|seeing|hears?|sees?) (?:the moment )?)?"
)
_THIRD = re.compile(rf"{_CONDITION}{_USER} {_ADVERB}(?:{THIRD_PERSON})\b", re.IGNORECASE)
_SECOND = re.compile(
    r"(?:^|[.;!?…*\n)）]|, (?:and |then |which |but )?)[ \t]{0,4}(?:then |but |and |so |\w{1,20}ly,? )?"
    rf"(?P<who>you(?: {_ADVERB}(?:{SECOND_PERSON})"
    rf"|(?:['’]re| are| were) (?:\w{{1,20}}ly |so |very |quite )?(?:{FEELINGS}))\b)"
    r"[^.!?…\n*]{0,300}(?P<end>[.!?…\n*]|$)",
    re.IGNORECASE,
)
_CHINESE = (
    r"(?P<condition>当|如果|若|等|要是|每当|只要|让|使|是否)?(?P<who>%s) ?"
    r"(?:不禁|忍不住|终于|立刻|缓缓|轻轻|悄悄|只好|默默|慢慢|连忙|不由得?)?(?:地)?"
    rf"(?:{CHINESE})[^。！？\n*）)]{{0,100}}(?P<end>[。！？\n*）)]|$)"
)
_CHINESE_THIRD = re.compile(_CHINESE % _USER, re.IGNORECASE)
_CHINESE_SECOND = re.compile(_CHINESE % "你", re.IGNORECASE)
# Without the opening sign among what is quoted, each of many unclosed ones would be followed to the end of its line.
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^“”\n]*”|「[^「」\n]*」|『[^『』\n]*』")
_NARRATED = re.compile(r"\*[^*\n]+\*|（[^（）\n]+）|\([^()\n]{8,}\)")
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|we|us|our)\b|[我俺咱吾]", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(?:not|never|cannot|avoid(?:s|ing)?|without|refrain|no|nor|neither)\b|n['’]t\b|[不勿别禁免]", re.IGNORECASE
)
_ORDER = re.compile(
    rf"\b(?:act|decide|reply|respond|speak|talk|think|write)(?:s|ing)? (?:for|on behalf of) {_USER}(?!['’]s)"
    rf"|\b(?:speak|write|reply|respond)(?:s|ing)? as {_USER}(?!['’]s)"
    rf"|\b(?:control|describe|narrate|write|decide)(?:s|ing)? {_USER}['’]s (?:\w{{1,20}},? ){{0,4}}?"
    r"(?:actions?|dialogue|feelings|lines|speech|thoughts|words)\b"
    rf"|(?:代替|替|代) ?{_USER} ?(?:说|做|行动|发言|回答|决定|思考)",
    re.IGNORECASE,
)
_BEFORE = 60


def acts_in_greeting(text: str) -> int | None:
    """Where a greeting gives the user words, deeds or feelings; None if it doesn't.

    Only narration is looked at: what a character says aloud may well be about you.
    """
    line = _LINE.search(text)
    narration = _masked(text, _QUOTED)
    places = [line.start()] if line else []
    places += [*_undecided(_THIRD, narration), *_undecided(_CHINESE_THIRD, narration)]
    told = _narration(narration, has_speech=narration != text)
    places += [*_undecided(_SECOND, told), *_undecided(_CHINESE_SECOND, told)]
    return min(places, default=None)


def acts_in_examples(text: str) -> int | None:
    """Where in example dialogue the character's own lines tell what the user does; None if nowhere."""
    return min(_undecided(_THIRD, _masked(_masked(text, _USERS_TURN), _QUOTED)), default=None)


def is_told_to_act(text: str) -> int | None:
    """Where a text orders that the user's part be written; None if it doesn't, or forbids it."""
    for order in _ORDER.finditer(text):
        sentence = re.split(r"[.!?。！？\n]", text[max(0, order.start() - _BEFORE) : order.start()])[-1]
        if not _NEGATION.search(sentence):
            return order.start()
    return None


_USERS_TURN = re.compile(rf"^[ \t]*{_USER}[ \t]*[:：].*$(?:\n(?![ \t]*(?:\{{\{{|<)).*$)*", re.IGNORECASE | re.MULTILINE)


def _undecided(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    for found in pattern.finditer(text):
        groups = found.groupdict()
        if not groups.get("condition") and groups.get("end") not in ("?", "？"):
            yield found.start("who") if groups.get("who") else found.start()


def _narration(text: str, *, has_speech: bool) -> str:
    """What is surely not said aloud: what is marked, else what is no quotation, else a text that knows no I."""
    marked = list(_NARRATED.finditer(text))
    if marked:
        return _kept(text, marked)
    return text if has_speech or not _FIRST_PERSON.search(text) else ""


def _masked(text: str, pattern: re.Pattern[str]) -> str:
    """Full stops in the place of what `pattern` finds, so that a sentence begins behind it."""
    return pattern.sub(lambda found: "." * len(found[0]), text)


def _kept(text: str, spans: list[re.Match[str]]) -> str:
    kept = list("." * len(text))
    for span in spans:
        kept[span.start() : span.end()] = span[0]
    return "".join(kept)
