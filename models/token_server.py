"""A server that counts tokens: what is asked of it, what it has said before, and when it is left in peace."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import httpx

__all__ = ["COUNTING_ERRORS", "TokenServer"]

COUNTING_ERRORS = (httpx.HTTPError, ValueError, KeyError, TypeError)
"""What a server that counts badly, or not at all, ends in."""

_REST_SECONDS = 60.0
"""How long a server that has failed is not asked."""
_REMEMBERED = 65_536
"""Texts whose counts are kept: the history of a conversation comes by again at every turn."""
_LONGEST_KEY = 64
_SEPARATOR = -1
"""No token has this number, so no text gives it; llama.cpp hands numbers among the texts back as they are."""
_TAKES_NO_LIST = (400, 422)
_LEAST_SECONDS = 0.1
"""With less left a request is not begun: it would only make a good server look like a bad one."""


class TokenServer:
    """Asks `/tokenize` of one server for one model. Its methods block: call them from a thread."""

    def __init__(self, client: httpx.Client, *, model: str) -> None:
        self._client = client
        self._model = model
        self._counts: OrderedDict[str | int, int] = OrderedDict()
        self._lock = threading.Lock()
        self._takes_many = True
        self._rests_until = 0.0

    @property
    def rests(self) -> bool:
        """Whether it has failed a moment ago."""
        return time.monotonic() < self._rests_until

    def known(self, text: str) -> int | None:
        """What it has said of `text` before."""
        key = _key(text)
        with self._lock:
            if key in self._counts:
                self._counts.move_to_end(key)
            return self._counts.get(key)

    def learn(self, texts: Sequence[str], *, until: float) -> None:
        """Count `texts`, with one request where the server takes several; they are `known` then.

        Args:
            texts: some texts, none of them empty.
            until: `time.monotonic()` at which this must end.

        Raises:
            httpx.HTTPError, ValueError, KeyError, TypeError: it has failed, and rests now, or the time is over. What
                was counted before that is known.
        """
        try:
            if len(texts) > 1 and self._takes_many and self._learn_together(texts, until):
                return
            for text in texts:
                self._keep([text], [len(self.tokenize(text, until=until))])
        except httpx.PoolTimeout:
            raise  # only the time is over
        except COUNTING_ERRORS:
            self._rests_until = time.monotonic() + _REST_SECONDS
            raise

    def tokenize(self, content: str | Sequence[str | int], *, until: float, special: bool = False) -> list[int]:
        """The tokens of a text, or of several and of tokens among them.

        Raises:
            httpx.HTTPError, ValueError, KeyError, TypeError: it has failed, or the time is over.
        """
        # llama.cpp reads `content`, vLLM `prompt`.
        asked: dict[str, Any] = {"content": content, "add_special": special, "parse_special": special}
        if isinstance(content, str):
            asked |= {"model": self._model, "prompt": content, "add_special_tokens": special}
        answer = self.request("POST", "/tokenize", until=until, json=asked)
        tokens = answer.raise_for_status().json()["tokens"]
        if not isinstance(tokens, list):
            raise TypeError(f"tokens are a list, got {type(tokens).__name__}")
        return tokens

    def request(self, method: str, path: str, *, until: float, json: Any = None) -> httpx.Response:
        """One request that takes no longer than there is time.

        Raises:
            httpx.PoolTimeout: there is no time to ask.
            httpx.HTTPError: no answer came in time.
        """
        left = until - time.monotonic()
        if left < _LEAST_SECONDS:
            raise httpx.PoolTimeout(f"no time left for {path}")
        return self._client.request(method, path, json=json, timeout=left)

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def _learn_together(self, texts: Sequence[str], until: float) -> bool:
        mixed: list[str | int] = [part for text in texts for part in (text, _SEPARATOR)]
        try:
            tokens = self.tokenize(mixed, until=until)
        except httpx.HTTPStatusError as error:
            if error.response.status_code not in _TAKES_NO_LIST:
                raise
            self._takes_many = False  # as vLLM, which takes one text a request
            return False
        if tokens.count(_SEPARATOR) != len(texts):
            return False
        ends = [place for place, token in enumerate(tokens) if token == _SEPARATOR]
        self._keep(texts, [end - start - 1 for start, end in zip([-1, *ends], ends, strict=False)])
        return True

    def _keep(self, texts: Sequence[str], counts: Sequence[int]) -> None:
        with self._lock:
            for text, count in zip(texts, counts, strict=True):
                self._counts[_key(text)] = count
            while len(self._counts) > _REMEMBERED:
                self._counts.popitem(last=False)


def _key(text: str) -> str | int:
    """Long texts are known by their hash: the counts of whole books need not hold them."""
    return text if len(text) <= _LONGEST_KEY else hash((len(text), text))
