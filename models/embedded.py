"""Chat models that run inside this process, spoken to as any OpenAI-compatible server."""

import ssl
from pathlib import Path
from typing import Any

import httpx
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from langgraph_roleplay.models.profile import profile_of
from langgraph_roleplay.models.pull import weights_of
from langgraph_roleplay.models.server import EmbeddedServer, start_server
from langgraph_roleplay.models.spec import ModelSpec
from langgraph_roleplay.settings import Settings

__all__ = ["load_embedded_chat_model"]


def load_embedded_chat_model(spec: ModelSpec, *, settings: Settings) -> ChatOpenAI:
    """A new client of the embedded server of `spec`; the server is started, and its weights pulled, at first need.

    Blocks while it does so. The client's async half belongs to the event loop that first uses it.

    Raises:
        ModelError: the weights are unknown or can't be pulled, or the server can't be started.
    """
    weights = weights_of(spec.name, settings=settings)
    return _client(start_server(weights), spec, weights, timeout=settings.model_timeout)


def _client(server: EmbeddedServer, spec: ModelSpec, weights: Path, *, timeout: float) -> ChatOpenAI:
    return ChatOpenAI(
        model=weights.stem,
        base_url=server.url,
        api_key=SecretStr(server.key),
        http_client=httpx.Client(**_loopback(timeout)),
        http_async_client=httpx.AsyncClient(**_loopback(timeout)),
        http_socket_options=(),  # or a proxy in the environment is warned about
        openai_proxy="",  # OPENAI_PROXY would be read, and refused beside our own clients
        organization="",
        stream_usage=True,
        stream_chunk_timeout=timeout,
        timeout=timeout,
        max_retries=0,
        max_completion_tokens=profile_of(str(spec)).reply_tokens,
        metadata={"embedded": str(spec)},
        **_sampling(spec),
    )


def _loopback(timeout: float) -> dict[str, Any]:
    """Client settings for a server on this machine.

    No proxy; no certificates to load, as it is plain HTTP; and a new connection a request, because the server
    closes a finished stream's connection just as the next request would be sent on it.
    """
    return {
        "trust_env": False,
        "timeout": timeout,
        "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        "limits": httpx.Limits(max_keepalive_connections=0),
    }


def _sampling(spec: ModelSpec) -> dict[str, Any]:
    if spec.name != "smollm2":
        return {"temperature": 0.8, "extra_body": {"min_p": 0.05}}
    # Chosen by reading: hotter than 0.6 it invents names, without a repeat penalty it circles, and DRY is very slow.
    return {"temperature": 0.3, "top_p": 0.9, "extra_body": {"min_p": 0.1, "repeat_penalty": 1.1}}
