"""Exact token counts, and the roles a template takes, from the server of the model in use, where it tells them.

llama.cpp's server (the embedded one too) and vLLM answer `/tokenize` beside their OpenAI-compatible routes. Others are
asked once, and estimated from then on.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from langgraph_roleplay.models.profile import ModelProfile
from langgraph_roleplay.models.warm import is_embedded
from langgraph_roleplay.prompts.budget import ESTIMATE, TokenCounter, estimate_tokens

__all__ = ["ServerTokens", "Tokens", "tokens_of"]

_SECONDS = 2.0
_AGAIN_AFTER = 300.0
"""Seconds after which a server that gave no counts is asked once more."""
_REMEMBERED = 4096
"""Texts whose counts are kept: the history of a conversation comes by again at every turn."""
_LONGEST_KEY = 64
_SEPARATOR = 1
"""A token that no text gives, as special tokens in texts are not read as such."""
_CLOSED = ("openai.com", "azure.com", "anthropic.com", "googleapis.com", "openrouter.ai")
"""Servers that are known to give no counts."""
_SAMPLE = "Who is there?"


@dataclass(frozen=True)
class Tokens:
    """How a model's tokens are counted, and its profile with what its server says of its template."""

    counter: TokenCounter
    profile: ModelProfile


class _Roles(NamedTuple):
    """See `ModelProfile`."""

    system_role: bool
    alternates: bool


_Found = tuple["ServerTokens | None", _Roles | None, float]


class ServerTokens:
    """Counts of a server's own tokenizer. Its methods block: call them from a thread.

    A server that stops answering is estimated for, text by text.
    """

    def __init__(self, client: httpx.Client, *, model: str, overhead: int = 0, per_message: int = 0) -> None:
        self._client = client
        self._model = model
        self._counts: OrderedDict[str | int, int] = OrderedDict()
        self._lock = threading.Lock()
        self._takes_many = True
        self.exact = True
        self.overhead = overhead
        self.per_message = per_message

    def count(self, text: str) -> int:
        """Tokens of `text`."""
        known = self._known(text)
        if known is None:
            try:
                known = self._keep(text, len(self._tokenize(text)))
            except (httpx.HTTPError, ValueError, KeyError, TypeError):
                known = estimate_tokens(text)
        return known

    def prepare(self, texts: Iterable[str]) -> None:
        """Count those of `texts` that are new, with one request where the server takes several."""
        new = [text for text in dict.fromkeys(texts) if text and self._known(text) is None]
        if len(new) < 2 or not self._takes_many:
            return
        mixed: list[str | int] = [part for text in new for part in (text, _SEPARATOR)]
        try:
            tokens = self._tokenize(mixed)
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            tokens = []
        if tokens.count(_SEPARATOR) != len(new):
            self._takes_many = False  # as vLLM, which takes one text a request
            return
        start = 0
        for text in new:
            end = tokens.index(_SEPARATOR, start)
            self._keep(text, end - start)
            start = end + 1

    def check(self) -> None:
        """See whether the server counts at all.

        Raises:
            httpx.HTTPError, ValueError, KeyError, TypeError: it does not.
        """
        self._tokenize(_SAMPLE)

    def _tokenize(self, content: str | Sequence[str | int]) -> list[int]:
        # llama.cpp reads `content`, vLLM `prompt`.
        asked: dict[str, Any] = {"content": content, "add_special": False, "parse_special": False}
        if isinstance(content, str):
            asked |= {"model": self._model, "prompt": content, "add_special_tokens": False}
        answer = self._client.post("/tokenize", json=asked)
        answer.raise_for_status()
        tokens = answer.json()["tokens"]
        if not isinstance(tokens, list):
            raise TypeError(f"tokens are a list, got {type(tokens).__name__}")
        return tokens

    def _known(self, text: str) -> int | None:
        with self._lock:
            key = _key(text)
            if key in self._counts:
                self._counts.move_to_end(key)
            return self._counts.get(key)

    def _keep(self, text: str, count: int) -> int:
        with self._lock:
            self._counts[_key(text)] = count
            while len(self._counts) > _REMEMBERED:
                self._counts.popitem(last=False)
        return count


_servers: dict[tuple[str, str], _Found] = {}
_asking = threading.Lock()


async def tokens_of(model: BaseChatModel, profile: ModelProfile) -> Tokens:
    """How `model` counts: as its server does, or by estimate where there is none that tells."""
    base = str(getattr(model, "openai_api_base", None) or "")
    host = urlsplit(base).hostname or ""
    if not host or host.endswith(_CLOSED):
        return Tokens(ESTIMATE, profile)
    place = (base, str(getattr(model, "model_name", "")))
    known = _servers.get(place)
    if known is None or (known[0] is None and time.monotonic() - known[2] > _AGAIN_AFTER):
        known = await asyncio.to_thread(_look_up, model, place)
    counter, facts, _ = known
    if facts is not None:
        profile = replace(profile, system_role=facts.system_role, alternates=facts.alternates)
    return Tokens(counter or ESTIMATE, profile)


def _look_up(model: BaseChatModel, place: tuple[str, str]) -> _Found:
    with _asking:
        if place in _servers and _servers[place][0] is not None:
            return _servers[place]
        client = _client(model, place[0])
        counter = ServerTokens(client, model=place[1])
        try:
            counter.check()
            facts = _measure_template(client, counter, place[1])
            found: ServerTokens | None = counter
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            client.close()
            found, facts = None, None
        _servers[place] = (found, facts, time.monotonic())
        return _servers[place]


def _client(model: BaseChatModel, base: str) -> httpx.Client:
    key = getattr(model, "openai_api_key", None)
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if isinstance(key, SecretStr) else {}
    root = base.rstrip("/").removesuffix("/v1")
    embedded = is_embedded(model)
    # The embedded server closes a connection when the next request would be sent on it.
    limits = httpx.Limits(max_keepalive_connections=0) if embedded else httpx.Limits()
    return httpx.Client(base_url=root, headers=headers, timeout=_SECONDS, trust_env=not embedded, limits=limits)


def _measure_template(client: httpx.Client, counter: ServerTokens, model: str) -> _Roles | None:
    """Learn what the chat template adds, and which roles it takes; a server that doesn't say is taken at its worst."""
    counter.overhead, counter.per_message = ESTIMATE.overhead, ESTIMATE.per_message
    system, user, assistant = ({"role": role, "content": _SAMPLE} for role in ("system", "user", "assistant"))
    short, long = _templated(client, [system, user]), _templated(client, [system, user, assistant, user])
    if not short or not long:
        return None
    sample, sizes = counter.count(_SAMPLE), (_size(client, short), _size(client, long))
    each = -(-(sizes[1] - sizes[0] - 2 * sample) // 2)
    counter.per_message, counter.overhead = max(0, each), max(0, sizes[0] - 2 * (sample + each)) + 2
    props = client.get("/props")
    caps = props.json().get("chat_template_caps") or {} if props.is_success else {}
    in_a_row = ([system, user, user], [system, user, assistant, assistant, user])
    alternates = not all(_templated(client, messages) for messages in in_a_row)
    return _Roles(system_role=bool(caps.get("supports_system_role", True)), alternates=alternates)


def _templated(client: httpx.Client, messages: Sequence[dict[str, str]]) -> str:
    """The conversation as the model would see it; empty if the server or the template refuses."""
    answer = client.post("/apply-template", json={"messages": list(messages)})
    return str(answer.json().get("prompt", "")) if answer.is_success else ""


def _size(client: httpx.Client, prompt: str) -> int:
    answer = client.post("/tokenize", json={"content": prompt, "add_special": True, "parse_special": True})
    return len(answer.raise_for_status().json()["tokens"])


def _key(text: str) -> str | int:
    """Long texts are known by their hash: the counts of whole books need not hold them."""
    return text if len(text) <= _LONGEST_KEY else hash((len(text), text))
