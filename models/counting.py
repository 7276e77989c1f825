"""Exact token counts, and the roles a template takes, from the server of the model in use, where it tells them.

llama.cpp's server (the embedded one too) and vLLM answer `/tokenize` beside their OpenAI-compatible routes. Others are
asked once, and estimated from then on.
"""

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from langgraph_roleplay.models.profile import ModelProfile
from langgraph_roleplay.models.token_server import COUNTING_ERRORS, TokenServer
from langgraph_roleplay.models.warm import is_embedded
from langgraph_roleplay.prompts.budget import ESTIMATE, TokenCounter, estimate_tokens

__all__ = ["ServerTokens", "Tokens", "tokens_of"]

_SECONDS = 2.0
"""All requests for one prompt together, or for learning what a server is like."""
_AGAIN_AFTER = 300.0
"""Seconds after which a server that gave no counts is asked once more."""
_WINDOWS = 3
"""Older messages than so many prompts could hold are estimated: none of them is shown."""
_BATCH = 32_000
"""Characters of one request: what was counted before the time was over is kept."""
_CLOSED = ("openai.com", "azure.com", "anthropic.com", "googleapis.com", "openrouter.ai")
"""Servers that are known to give no counts."""
_SAMPLE = "Who is there?"


@dataclass(frozen=True)
class Tokens:
    """How a model's tokens are counted, and its profile with what its server says of its template."""

    counter: TokenCounter
    profile: ModelProfile


class _Facts(NamedTuple):
    """What a server's template adds, and which roles it takes (see `ModelProfile`), if it says."""

    overhead: int = ESTIMATE.overhead
    per_message: int = ESTIMATE.per_message
    roles: tuple[bool, bool] | None = None


_Found = tuple[TokenServer | None, _Facts, float]


class ServerTokens:
    """Counts the texts of one prompt as a server does. Its methods block: call them from a thread.

    Two counters of one server are equal, so that what was made with one is found with the other. Where the server
    fails, or has no time left, texts that it has not counted before are estimated, and `exact` says so.
    """

    def __init__(self, server: TokenServer, *, overhead: int = 0, per_message: int = 0, window: int = 8000) -> None:
        self._server = server
        self._most = window * _WINDOWS
        self._beyond: frozenset[str] = frozenset()
        self._until: float | None = None
        self._prepared = False
        self.exact = True
        self.overhead = overhead
        self.per_message = per_message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServerTokens) and other._server is self._server

    def __hash__(self) -> int:
        return hash(self._server)

    def count(self, text: str) -> int:
        """Tokens of `text`."""
        known = self._server.known(text) if text else 0
        if known is None and text not in self._beyond:
            self._learn([text])
            known = self._server.known(text)
        return estimate_tokens(text) if known is None else known

    def prepare(self, texts: Iterable[str]) -> None:
        """Count those of `texts` that are new, the first ones first, and begin a prompt's time."""
        if self._prepared:
            self._until, self.exact = None, True
        self._prepared = True
        known, new, room, beyond = self._server.known, list[str](), self._most, set[str]()
        for text in dict.fromkeys(filter(None, texts)):
            size = known(text)
            if size is None and room > 0:
                new.append(text)
            elif size is None:
                beyond.add(text)
            room -= estimate_tokens(text)  # whether counted or not, or the window would move within a turn
        self._beyond = frozenset(beyond)
        for batch in _batches(new):
            if not self._learn(batch):
                return

    def _learn(self, texts: Sequence[str]) -> bool:
        self._until = self._until or time.monotonic() + _SECONDS
        if not self._server.rests:
            with suppress(*COUNTING_ERRORS):
                self._server.learn(texts, until=self._until)
                return True
        self.exact = False
        return False


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch, size = list[str](), 0
    for text in texts:
        if batch and size + len(text) > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


_servers: dict[tuple[str, str], _Found] = {}
_asking = threading.Lock()


async def tokens_of(model: BaseChatModel, profile: ModelProfile) -> Tokens:
    """How `model` counts in one prompt: as its server does, or by estimate where there is none that tells."""
    base = str(getattr(model, "openai_api_base", None) or "")
    host = urlsplit(base).hostname or ""
    if not host or host.endswith(_CLOSED):
        return Tokens(ESTIMATE, profile)
    place = (base, str(getattr(model, "model_name", "")))
    found = _recent(place)
    if found is None:
        found = await asyncio.to_thread(_look_up, model, place)
    server, facts, _ = found
    if server is None:
        return Tokens(ESTIMATE, profile)
    if facts.roles is not None:
        profile = replace(profile, system_role=facts.roles[0], alternates=facts.roles[1])
    counter = ServerTokens(server, overhead=facts.overhead, per_message=facts.per_message, window=profile.prompt_tokens)
    return Tokens(counter, profile)


def _recent(place: tuple[str, str]) -> _Found | None:
    found = _servers.get(place)
    return found if found and (found[0] is not None or time.monotonic() - found[2] < _AGAIN_AFTER) else None


def _look_up(model: BaseChatModel, place: tuple[str, str]) -> _Found:
    with _asking:
        # Of many turns that come at once the first asks for all.
        if found := _recent(place):
            return found
        server = TokenServer(_client(model, place[0]), model=place[1])
        try:
            until = time.monotonic() + _SECONDS
            server.learn([_SAMPLE], until=until)
            _servers[place] = (server, _measure_template(server, until=until), time.monotonic())
        except COUNTING_ERRORS:
            server.close()
            _servers[place] = (None, _Facts(), time.monotonic())
        return _servers[place]


def _client(model: BaseChatModel, base: str) -> httpx.Client:
    key = getattr(model, "openai_api_key", None)
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if isinstance(key, SecretStr) else {}
    root = base.rstrip("/").removesuffix("/v1")
    embedded = is_embedded(model)
    # The embedded server closes a connection when the next request would be sent on it.
    limits = httpx.Limits(max_keepalive_connections=0) if embedded else httpx.Limits()
    return httpx.Client(base_url=root, headers=headers, timeout=_SECONDS, trust_env=not embedded, limits=limits)


def _measure_template(server: TokenServer, *, until: float) -> _Facts:
    """Learn what the chat template adds, and which roles it takes; a server that doesn't say is taken at its worst."""
    system, user, assistant = ({"role": role, "content": _SAMPLE} for role in ("system", "user", "assistant"))
    talks = ([system, user], [system, user, assistant, user])
    short, long = (_templated(server, talk, until=until) for talk in talks)
    if not short or not long:
        return _Facts()
    sample = server.known(_SAMPLE) or estimate_tokens(_SAMPLE)
    sizes = [len(server.tokenize(prompt, until=until, special=True)) for prompt in (short, long)]
    each = -(-(sizes[1] - sizes[0] - 2 * sample) // 2)
    props = server.request("GET", "/props", until=until)
    caps = props.json().get("chat_template_caps") or {} if props.is_success else {}
    in_a_row = ([system, user, user], [system, user, assistant, assistant, user])
    alternates = not all(_templated(server, talk, until=until) for talk in in_a_row)
    roles = (bool(caps.get("supports_system_role", True)), alternates)
    return _Facts(max(0, sizes[0] - 2 * (sample + each)) + 2, max(0, each), roles)


def _templated(server: TokenServer, messages: Sequence[dict[str, str]], *, until: float) -> str:
    """The conversation as the model would see it; empty if the server or the template refuses."""
    answer = server.request("POST", "/apply-template", until=until, json={"messages": list(messages)})
    return str(answer.json().get("prompt", "")) if answer.is_success else ""
