"""Faults of a draft, found before it is said: each check is pure, cheap, and works on one sentence as on many."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from langgraph_roleplay.safety.ngrams import is_cjk, ngrams, words
from langgraph_roleplay.safety.scaffolding import TEMPLATE_TOKEN
from langgraph_roleplay.safety.sentences import split_sentences

__all__ = ["Fault", "find_faults"]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a draft."""

    rule: str
    quote: str
    """Where, at most 80 characters."""
    reason: str


_AI = r"(?:ai (?:language )?model|(?:large )?language model|ai assistant|virtual assistant|digital assistant|chat ?bot)"
_REQUEST = r"(?:fulfil|fulfill|assist with|help with|comply with|engage in|generate|provide|complete|answer)"
_ASSISTANT = re.compile(
    rf"\bas an? {_AI}\b|\bas an ai,? i (?:can't|cannot|don't|do not|am|have no|was)\b"
    rf"|\bi(?:'m| am) (?:just |only |merely |simply |actually )?an? (?:helpful |friendly )?(?:{_AI}|ai\b(?=[.,!]"
    rf"| and| so| who))"
    r"|\bi(?:'m| am) (?:just|only|merely|simply) an? (?:ai|computer program|bot)\b|\bi(?:'m| am) a helpful assistant\b"
    r"|\bhow (?:can|may) i (?:assist|help) you today\b|\bhow (?:can|may) i assist you\?"
    r"|\bis there anything else i can (?:help|assist) you with\b|\bhere to (?:help"
    r"|assist)(?: you)? with any questions\b"
    r"|\b(?:feel free to|don't hesitate to) (?:ask|reach out|let me know) if you (?:have|need) (?:any|more|further)\b"
    rf"|\bi(?:'m sorry,?(?: but)? i)? (?:can't|cannot|am unable to|am not able to|won't be able to) {_REQUEST}"
    r" (?:that|this|your|the|such|any)(?: \w{1,20})? (?:request|prompt|content|type of content|kind of content)s?\b"
    r"|\bi'm sorry,? but i (?:can't|cannot) (?:assist|help) (?:you )?with that\b"
    r"|\b(?:trained|developed|created|made) by (?:openai|anthropic|google|meta ai|hugging ?face|alibaba|microsoft"
    r"|deepseek)\b"
    r"|\bmy (?:training data|knowledge cut-?off|last (?:training )?update)\b|\bi(?:'m| am) (?:chatgpt|smollm\d?"
    r"|qwen|deepseek)\b"
    r"|作为(?:一个|一名|一款)?(?:ai|人工智能|大?语言模型|智能助手|虚拟助手|聊天机器人)"
    r"|我(?:只|仅仅)?是(?:一个|一款|一名)?(?:ai(?:助手|模型)?|人工智能(?:助手|模型)?|大?语言模型|聊天机器人"
    r"|智能助手|虚拟助手)"
    r"|今天(?:有什么)?(?:我)?(?:可以|能)(?:为|帮)(?:助)?[您你]|有什么(?:我)?(?:可以|能)帮(?:助)?[您你]的(?:吗|么)?[？?]"
    r"|无法(?:满足|完成|回答|处理)[您你](?:的)?(?:这个|该|此)?(?:请求|要求|问题)|我是(?:由)?(?:openai|通义千问"
    r"|文心一言|智谱|阿里云)",
    re.IGNORECASE,
)


def find_faults(
    text: str,
    *,
    character: str,
    user: str,
    prompt: Sequence[str] = (),
    previous: Sequence[str] = (),
    language: str = "en",
) -> list[Fault]:
    """Return what is wrong with `text` as a reply of `character` to `user`.

    Args:
        text: the draft, or one sentence of it.
        character: who speaks.
        user: who is spoken to.
        prompt: texts that must not be quoted: the rules, not the card.
        previous: earlier replies; when `text` is one sentence, the sentences before it too.
        language: what the reply should be in; `en` and `zh` are checked.
    """
    return [
        *_assistant_talk(text),
        *_speaks_for_user(text, character, user),
        *_repeats(text, previous),
        *_leaks_prompt(text, prompt),
        *_wrong_language(text, language),
        *_scaffolding(text),
    ]


def _fault(rule: str, quote: str, reason: str) -> Fault:
    return Fault(rule=rule, quote=quote.strip()[:80], reason=reason)


def _assistant_talk(text: str) -> Iterator[Fault]:
    if match := _ASSISTANT.search(text.replace("’", "'")):
        yield _fault("assistant_talk", match.group(), "talks like an assistant, not like the character")


def _speaks_for_user(text: str, character: str, user: str) -> Iterator[Fault]:
    names = {name for name in (user.strip(), "User", "Human", "用户") if name}
    label = "|".join(re.escape(name) for name in names if name.casefold() != character.strip().casefold())
    acting = rf"|\*[ \t]?{re.escape(user.strip())} [^\W\d_]{{1,20}}" if user.strip() else ""
    if match := re.search(rf"^[ \t]*(?:(?:\*\*)?(?:{label})(?:\*\*)?[ \t]?[:：]{acting})", text, re.M | re.I):
        yield _fault("speaks_for_user", match.group(), "speaks or acts for the user")


_OVERLAP = 0.8


def _repeats(text: str, previous: Sequence[str]) -> Iterator[Fault]:
    said = [shingles for reply in previous for shingles in _sayings(reply)]
    for sentence in split_sentences(text):
        own = _shingles(sentence)
        if own and any(_overlap(own, other) >= _OVERLAP for other in said):
            yield _fault("repeats", sentence, "was said before, nearly word for word")
        said.append(own)


@lru_cache(maxsize=64)  # each sentence of a reply is compared with the same few replies before it
def _sayings(reply: str) -> tuple[set[tuple[str, ...]], ...]:
    return tuple(_shingles(sentence) for sentence in split_sentences(reply))


def _shingles(sentence: str) -> set[tuple[str, ...]]:
    """Return runs of two words, or none if the sentence is too short to count as a repetition."""
    tokens = words(sentence)
    return set(ngrams(tokens, 2)) if len(tokens) >= (16 if is_cjk(tokens) else 8) else set()


def _overlap(own: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    return len(own & other) / max(len(own), len(other), 1)


def _leaks_prompt(text: str, prompt: Sequence[str]) -> Iterator[Fault]:
    tokens = words(text)
    size = 20 if is_cjk(tokens) else 10
    secret = {run for part in prompt for run in ngrams(words(part), size)} if len(tokens) >= size else set()
    if leak := next((run for run in ngrams(tokens, size) if run in secret), None):
        yield _fault("leaks_prompt", ("" if size == 20 else " ").join(leak), "quotes the rules it was given")


_CJK_LETTER = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_ENOUGH_LETTERS = 20


def _wrong_language(text: str, language: str) -> Iterator[Fault]:
    cjk = len(_CJK_LETTER.findall(text))
    latin = _LATIN_WORD.findall(text)
    letters = sum(map(len, latin))
    if cjk + letters < _ENOUGH_LETTERS:
        return
    if language.startswith("zh") and len(latin) > cjk:
        yield _fault("wrong_language", text, "should be in Chinese")
    if language.startswith("en") and cjk > letters:
        yield _fault("wrong_language", text, "should be in English")


def _scaffolding(text: str) -> Iterator[Fault]:
    if match := TEMPLATE_TOKEN.search(text):
        yield _fault("scaffolding", match.group(), "holds a mark of the chat template")
