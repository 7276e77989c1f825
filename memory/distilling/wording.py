"""What a sentence is about: its content words, brought to one form, so that two wordings can be compared.

Crude on purpose and the same everywhere: no model, no data to download. Chinese and Japanese count by character.
"""

import re
from collections.abc import Iterable

__all__ = ["content", "inflected", "marks", "numbers_and_names", "sentences", "stem"]

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|[\w.+-]+@[\w-]+\.\w+|[^\W_{_CJK}]+(?:'[^\W\d_]+)?")
_SENTENCE = re.compile(r"(?<=[.!?。！？…])\s+|(?<=[。！？])|\n+")
_SMALL_WORDS = """
a an the this that these those of to in on at by for with from into onto as and or but so then than too very
just is are was were be been being am isn't aren't has have had having do does did done will shall can may must
would could should might i me my mine myself you your yours we us our ours he him his she her hers it its they
them their theirs one who whom whose which what when where there here it's i'm i've i'd i'll he's she's that's
there's you're we're they're s t not no nor never n't also now still again already got get gets getting some any
all each said says say told tells tell about up out over before after since while if because once soon later
really quite mr mrs ms dr le la les un une des du de au aux et ou je j' tu il elle nous vous ils elles mon ma
mes ton ta tes son sa ses est suis es sont était ai ont à en dans que qui ne pas plus se te maintenant der die
das den dem ein eine einen einem einer und oder ich er sie wir ihr mein meine dein deine sein seine ihre ist bin
bist sind war waren hat habe haben zu im auf mit von nicht kein keine mehr jetzt el los las una unos y o yo tú
él ella mi mis su sus soy eres era está están del al por para con ya ahora
的 了 是 在 我 你 她 他 它 们 有 和 也 很 就 都 这 那 个
不 没 着 过 呢 吗 吧 は が を に の と も で す ま た だ
"""
_STOP = frozenset(_SMALL_WORDS.split())
_IRREGULAR_FORMS = """
eat ate eaten; become became; begin began begun; buy bought; bring brought; come came; drink drank drunk; drive
drove driven; feel felt; find found; give gave given; go went gone; grow grew grown; hear heard; hold held; keep
kept; know knew known; leave left; lose lost; make made; meet met; pay paid; run ran; see saw seen; send sent;
sleep slept; sell sold; speak spoke spoken; spend spent; steal stole stolen; swear swore sworn; teach taught;
think thought; take took taken; wear wore worn; win won; write wrote written; hide hid hidden; show shown; break
broke broken; choose chose chosen; fall fell fallen; forget forgot forgotten; ride rode ridden; ring rang rung;
sing sang sung; sit sat; stand stood; build built; deal dealt; dig dug; feed fed; fight fought; fly flew flown;
freeze froze frozen; hang hung; lay laid; lend lent; mean meant; rise rose risen; shoot shot; strike struck;
swim swam swum; tear tore torn; understand understood; wake woke woken; throw threw thrown; blow blew blown;
draw drew drawn; bite bit bitten; catch caught; shake shook shaken; foot feet; child children; man men; woman
women; wife wives; person people; die died dies dead
"""
_IRREGULAR = {form: first for first, *others in map(str.split, _IRREGULAR_FORMS.split(";")) for form in others}
_SAME = {
    "love": "like", "enjoy": "like", "adore": "like", "fond": "like", "prefer": "like",
    "hate": "dislike", "detest": "dislike", "loathe": "dislike",
    "reside": "live", "dwell": "live", "job": "work", "occupation": "work", "profession": "work", "employ": "work",
    "own": "keep", "possess": "keep", "call": "name", "favorite": "favourite", "color": "colour",
    "scare": "fear", "afraid": "fear", "terrify": "fear", "wed": "marry", "mum": "mother", "mom": "mother",
    "dad": "father", "kid": "child",
}  # fmt: skip
_ENDINGS = frozenset(("", "e", "t", "st", "en", "n", "o", "a", "as", "an", "es", "s"))
_VOWEL = re.compile(r"[aeiouy]")


def stem(word: str) -> str:
    """One form of `word` (lower case) and of its inflections and nearest synonyms."""
    word = _IRREGULAR.get(word, word)
    return _trim(_SAME.get(_whole(word), _whole(word)))


_WHOLE: dict[str, str] = {form: form for form in {*_SAME, *_SAME.values()}}


def _whole(word: str) -> str:
    """The entry of the synonyms that `word` is a form of, or the word."""
    if word in _WHOLE:
        return word
    known = _BY_STEM.get(_trim(word))
    return known if known is not None else word


def _trim(word: str) -> str:
    if not word.isascii() or len(word) < 4:
        return word
    for ending, instead in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("e", "")):
        root = word[: -len(ending)] + instead
        if word.endswith(ending) and not word.endswith("ss") and len(root) > 2 and _VOWEL.search(root):
            word = root
            break
    doubled = len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if doubled else word.removesuffix("e") if len(word) > 3 else word


_BY_STEM = {_trim(form): form for form in _WHOLE}


def _words(text: str) -> list[str]:
    return [word.removesuffix("'s") for word in _WORD.findall(text.replace("’", "'"))]


def content(text: str) -> frozenset[str]:
    """The words of `text` that say something, in one form each."""
    return frozenset(stem(word) for word in map(str.casefold, _words(text)) if word not in _STOP)


def marks(text: str) -> frozenset[str]:
    """All words of `text` in one form each, the small ones too."""
    return frozenset(stem(word.casefold()) for word in _words(text))


def numbers_and_names(text: str) -> frozenset[str]:
    """What of the content can't be said in other words: numbers, names inside a sentence, scripts without case."""
    found: set[str] = set()
    for sentence in sentences(text):
        for place, word in enumerate(_words(sentence)):
            lower = word.casefold()
            uncased = word.upper() == word.lower()
            if lower not in _STOP and (uncased or (place and word[0].isupper())):
                found.add(stem(lower))
    return frozenset(found)


def inflected(word: str, others: Iterable[str]) -> bool:
    """Tell whether `word` (a stem) differs from one of `others` by a verb's ending alone, as in German or Spanish."""
    return any(_is_form(word, other) for other in others)


def _is_form(one: str, other: str) -> bool:
    shared = next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
    rests = (one[shared:], other[shared:])
    return shared >= 4 and max(map(len, rests)) <= 2 and all(rest in _ENDINGS for rest in rests)


def sentences(text: str) -> list[str]:
    """The sentences of `text`."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]
