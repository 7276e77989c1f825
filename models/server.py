"""The embedded model server: llama.cpp inside this process, one per weights file, on a loopback port.

It answers one request at a time and queues the rest; a client that goes away frees its place.
"""

import atexit
import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langgraph_roleplay.errors import ModelError

__all__ = ["EmbeddedServer", "start_server", "stop_servers"]

_CONTEXT_TOKENS = 4096
_QUIET = -1
_MOST_THREADS = 8

_lock = threading.Lock()
_running: dict[tuple[int, Path], "EmbeddedServer"] = {}


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A server that runs as long as this object is held by the process."""

    url: str
    """Base address of its OpenAI-compatible routes, ending in `/v1`."""
    key: str
    """What it asks for, so that no page in a browser on this machine can talk to it."""
    handle: Any
    """The native server; it stops when this is dropped."""


def start_server(weights: Path) -> EmbeddedServer:
    """The server of `weights`, started if this process has none yet; safe to call from many threads.

    Raises:
        ModelError: xllamacpp is missing, or llama.cpp can't load the file.
    """
    place = (os.getpid(), weights.resolve())  # a forked child inherits the table but not the server's threads
    with _lock:
        if place not in _running:
            _running[place] = _start(weights)
        return _running[place]


def stop_servers() -> None:
    """Stop every server of this process; runs by itself at exit."""
    with _lock:
        for place in [place for place in _running if place[0] == os.getpid()]:
            del _running[place]


atexit.register(stop_servers)  # llama.cpp's threads must be gone before the interpreter takes modules apart


def _start(weights: Path) -> EmbeddedServer:
    try:
        import xllamacpp  # noqa: PLC0415 - optional and heavy
    except ImportError as error:
        raise ModelError("Embedded models need xllamacpp: pip install 'langgraph-roleplay[embedded]'.") from error
    key = secrets.token_urlsafe(16)
    try:
        handle = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), weights, key))
    except RuntimeError as error:
        raise ModelError(
            f"llama.cpp can't load {weights}: it is damaged, or of a kind that this xllamacpp doesn't know."
        ) from error
    return EmbeddedServer(url=f"{handle.listening_address}/v1", key=key, handle=handle)


def _parameters(parameters: Any, weights: Path, key: str) -> Any:
    """Set `parameters` for one caller at a time.

    One core is left to others: llama.cpp's threads wait for each other at every layer, so with one per core a
    single busy neighbour took it from 75 to 3 tokens a second, while one thread less stayed at 48.
    """
    parameters.model.path = str(weights)
    parameters.model_alias = {weights.stem}  # or every answer would carry the path
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [key]
    parameters.ui = False
    parameters.n_ctx = _CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.verbosity = _QUIET
    parameters.cpuparams.n_threads = max(1, min((os.cpu_count() or 2) - 1, _MOST_THREADS))
    return parameters
