"""Which better models this machine could use: keys that are set, and servers that answer on it."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, NamedTuple

import httpx

__all__ = ["Provider", "find_providers", "key_of", "probe_server"]

_PROBE_SECONDS = 0.2


class _Hosted(NamedTuple):
    provider: str
    label: str
    keys: tuple[str, ...]
    package: str


class _Local(NamedTuple):
    label: str
    port: int


_HOSTED = (
    _Hosted("openai", "OpenAI", ("OPENAI_API_KEY",), "langchain-openai"),
    _Hosted("anthropic", "Anthropic", ("ANTHROPIC_API_KEY",), "langchain-anthropic"),
    _Hosted("google_genai", "Google Gemini", ("GOOGLE_API_KEY", "GEMINI_API_KEY"), "langchain-google-genai"),
    _Hosted("mistralai", "Mistral", ("MISTRAL_API_KEY",), "langchain-mistralai"),
    _Hosted("groq", "Groq", ("GROQ_API_KEY",), "langchain-groq"),
    _Hosted("deepseek", "DeepSeek", ("DEEPSEEK_API_KEY",), "langchain-deepseek"),
    _Hosted("xai", "xAI", ("XAI_API_KEY",), "langchain-xai"),
    _Hosted("openrouter", "OpenRouter", ("OPENROUTER_API_KEY",), "langchain-openrouter"),
    _Hosted("together", "Together", ("TOGETHER_API_KEY",), "langchain-together"),
    _Hosted("fireworks", "Fireworks", ("FIREWORKS_API_KEY",), "langchain-fireworks"),
    _Hosted("cohere", "Cohere", ("COHERE_API_KEY",), "langchain-cohere"),
    _Hosted("perplexity", "Perplexity", ("PPLX_API_KEY", "PERPLEXITY_API_KEY"), "langchain-perplexity"),
    _Hosted("azure_openai", "Azure OpenAI", ("AZURE_OPENAI_API_KEY",), "langchain-openai"),
)
_LOCAL = (_Local("Ollama", 11434), _Local("LM Studio", 1234), _Local("llama-server", 8080))


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """Something better than the embedded model that was found."""

    label: str
    kind: Literal["key", "server"]
    found: str
    """What was found: the variable's name, or the server's address."""
    installed: bool
    """Whether LangChain's package for it is installed."""
    line: str
    """The one line that uses it; the model's name is left to the user where it isn't known."""


def find_providers(
    environ: Mapping[str, str], *, probe: Callable[[int], list[str] | None] | None = None
) -> list[Provider]:
    """Find the keys in `environ` and the model servers on this machine.

    Args:
        environ: The environment; only whether a key is set is looked at.
        probe: The model names that a server on a loopback port offers, None where nothing answers; by default
            `probe_server`, which waits 0.2 s, all ports at once.
    """
    ask = probe or probe_server
    keys = [_keyed(hosted, key) for hosted in _HOSTED if (key := _first_set(hosted.keys, environ))]
    with ThreadPoolExecutor(max_workers=len(_LOCAL)) as pool:
        offers = list(pool.map(ask, (local.port for local in _LOCAL)))
    return [*keys, *(_served(local, names) for local, names in zip(_LOCAL, offers, strict=True) if names is not None)]


def probe_server(port: int) -> list[str] | None:
    """The models offered by the OpenAI-compatible server on loopback `port`; None if there is none."""
    try:
        with httpx.Client(trust_env=False, timeout=_PROBE_SECONDS) as client:
            offered = client.get(f"http://127.0.0.1:{port}/v1/models").raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return None
    if not isinstance(offered, dict) or not isinstance(offered.get("data"), list):
        return None
    return [str(model["id"]) for model in offered["data"] if isinstance(model, dict) and "id" in model]


def key_of(provider: str) -> str | None:
    """The environment variable that holds the key of `provider`, if it is known here."""
    return next((hosted.keys[0] for hosted in _HOSTED if hosted.provider == provider), None)


def _first_set(keys: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    return next((key for key in keys if environ.get(key, "").strip()), None)


def _keyed(hosted: _Hosted, key: str) -> Provider:
    installed = find_spec(hosted.package.replace("-", "_")) is not None
    line = f"export ROLEPLAY_MODEL={hosted.provider}:<model>"
    return Provider(
        label=hosted.label,
        kind="key",
        found=key,
        installed=installed,
        line=line if installed else f"pip install {hosted.package} && {line}",
    )


def _served(local: _Local, names: list[str]) -> Provider:
    """A local server; spoken to as OpenAI-compatible, which needs no further package."""
    address = f"http://127.0.0.1:{local.port}/v1"
    model = names[0] if names else "<model>"
    return Provider(
        label=local.label,
        kind="server",
        found=address,
        installed=True,
        line=f"export OPENAI_BASE_URL={address} OPENAI_API_KEY=local ROLEPLAY_MODEL=openai:{model}",
    )
