"""Sexual content about minors: never let through, at any level, in fiction or out of it."""

import re
from bisect import bisect_left
from itertools import pairwise

__all__ = ["is_sexual", "sexualizes_minor"]

_MINOR = re.compile(
    r"\b(?:child(?:ren)?|kids?|minors?|under-?age[d]?|pre-?teens?|toddlers?|infants?|bab(?:y|ies) (?:girl|boy)"
    r"|school-?(?:girl|boy|kid|child)s?|little (?:girl|boy|sister|brother)s?|young (?:girl|boy)s?|lol[iy](?:con)?s?"
    r"|shota(?:con)?s?|(?:middle|elementary|primary)[- ]school(?:er|ers)?|(?:[1-9]|1[0-7])[- ]?(?:years?"
    r"|yrs?)[- ]?olds?"
    r"|(?:[1-9]|1[0-7]) ?(?:yo|y/o)|(?:i'm|i am|she's|she is|he's|he is|aged|turned|you're|you are) (?:only |just )?"
    r"(?:[5-9]|1[0-7])(?! ?(?:minutes?|hours?|days?|weeks?|months?|feet|%|inches|km|miles|cm|kg|lbs|pounds|times|of"
    r"|am|pm|:))"
    r"|(?:five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)[- ]years?[- ]old"
    r")\b"
    r"|幼女|幼童|萝莉|蘿莉|正太|未成年|小女孩|小男孩|小学生|小學生|初中生|儿童|兒童|(?:[3-9]|1[0-7]"
    r"|[三四五六七八九十]|十[一二三四五六七])岁",
    re.IGNORECASE,
)
_SEXUAL = re.compile(
    r"(?<!fair )(?<!weaker )(?<!gentle )\b(?:sex(?!\s?ed)|sexual(?:ly|ize[ds]?|izing)?|sexy|nudes?|naked(?! (?:eye"
    r"|truth|singularity))|porn(?:o|ographic|ography)?|erotic(?:a|ally)?"
    r"|horny|orgasms?|masturbat\w{1,5}|blow ?jobs?|hand ?jobs?|fuck(?:s|ed|ing)? (?:me|her|him|you|us)|undress(?:es"
    r"|ed|ing)?"
    r"|seduc(?:e[ds]?|ing|tive)|penis|vagina|pussy(?![- ]?(?:cat|willow))|genitals?|hentai|lewd|nsfw|make love"
    r"|making love"
    r"|strip (?:for|off|naked)|molest\w{0,4}|rap(?:e[ds]?|ing)|incest|aroused|fondl\w{1,4}|grop(?:e[ds]?|ing))\b"
    r"|性爱|性愛|做爱|做愛|裸体|裸體|裸照|色情|情色|性交|脱光|脫光|上床(?!睡|休息)|淫|强奸|強姦|性行为|性行為|自慰"
    r"|性感",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"\b(?:child|kiddie|under-?age|preteen|minor) (?:porn\w{0,7}|erotica|sex|nudes?)\b(?! (?:abuse|offender"
    r"|education|crime))"
    r"|\b(?:lolicon|shotacon|jailbait)\b|儿童色情|兒童色情|未成年色情",
    re.IGNORECASE,
)
# Talk of protection, law, health or one's own past is what people must be able to have.
_PROTECTS = re.compile(
    r"\b(?:abus(?:e|ed|er|ive)|victims?|surviv\w{2,5}|protect\w{0,5}|prevent\w{0,5}|report(?:ed|ing)?|crimes?"
    r"|trafficking|educat\w{2,5}|charit\w{1,3}|therap\w{1,5}|trauma\w{0,5}|police|arrested|convict\w{0,3}"
    r"|offenders?|predators?|gender|sexualit(?:y|ies)|orientation)\b"
    r"|保护|保護|防止|受害|违法|違法|犯罪|教育|报警|警察|举报|侵害",
    re.IGNORECASE,
)
# What asks for such a text is no talk of protection, whatever words of it are put in.
_ASKS_FOR_FICTION = re.compile(
    r"\b(?:erotic\w{0,2}|porn\w{0,8}|explicit|sexy|nsfw|smut|hentai|lewd|steamy)\b.{0,60}"
    r"\b(?:story|stories|scene|fiction|fanfic\w{0,4}|role-?play|tale|poem)\b|(?:色情|情色)(?:故事|小说|小說)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+")
_NEAR = 120
"""How many characters may stand between who and what."""
# What ties a sentence to the one before it: "My kids are asleep. Let us undress." speaks of two different things.
_SAME_PERSON = re.compile(r"\b(?:she|he|her|him|his|hers)\b|[她他]", re.IGNORECASE)


def is_sexual(text: str) -> bool:
    """Tell whether `text` (normalized) has an explicitly sexual word."""
    return _SEXUAL.search(text) is not None


def sexualizes_minor(text: str) -> bool:
    """Tell whether `text` (normalized) puts a minor and a sexual act or body into one sentence, or into two on end."""
    sentences = _SENTENCE.findall(text)
    return any(map(_is_about_both, sentences)) or any(map(_goes_on_about, pairwise(sentences))) or _confesses_age(text)


def _is_about_both(sentence: str) -> bool:
    if _PROTECTS.search(sentence) and not _ASKS_FOR_FICTION.search(sentence):
        return False
    if _ALWAYS.search(sentence):
        return True
    acts = [act.start() for act in _SEXUAL.finditer(sentence)]
    return bool(acts) and any(_is_near(who.start(), acts) for who in _MINOR.finditer(sentence))


def _goes_on_about(pair: tuple[str, str]) -> bool:
    """Tell whether the second sentence of `pair` goes on about who is in the first, and both are about both."""
    return _SAME_PERSON.search(pair[1]) is not None and _is_about_both(". ".join(pair))


def _is_near(place: int, acts: list[int]) -> bool:
    following = bisect_left(acts, place - _NEAR)
    return following < len(acts) and acts[following] <= place + _NEAR


_OWN_AGE = re.compile(
    r"\bi(?:'m| am) (?:only |just )?(?:[5-9]|1[0-7])(?: years? old| yo)?(?=[.,!;\n]| and| but|$)"
    r"|我(?:今年|才|只有|是)?(?:[5-9]|1[0-7]|十[一二三四五六七]?)岁",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:you|me|us|we|my|your)\b|[你我]", re.IGNORECASE)


def _confesses_age(text: str) -> bool:
    """A stated age of the speaker colours every sentence of the message."""
    age = _OWN_AGE.search(text)
    return bool(age and _SEXUAL.search(text) and _ASKS.search(text) and not _PROTECTS.search(text))
