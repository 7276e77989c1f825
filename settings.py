"""The environment, read in this one place."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from langgraph_roleplay.errors import SettingsError

__all__ = ["AGES", "Settings", "make_private", "read_settings"]

_VARIABLES = {
    "home": "ROLEPLAY_HOME",
    "model": "ROLEPLAY_MODEL",
    "embeddings": "ROLEPLAY_EMBEDDINGS",
    "personas": "ROLEPLAY_PERSONAS",
    "trusted_cards": "ROLEPLAY_TRUSTED_CARDS",
    "fallback_model": "ROLEPLAY_FALLBACK_MODEL",
    "model_timeout": "ROLEPLAY_MODEL_TIMEOUT",
    "memory_limit": "ROLEPLAY_MEMORY_LIMIT",
    "memory_limit_mb": "ROLEPLAY_MEMORY_LIMIT_MB",
    "memory_keep": "ROLEPLAY_MEMORY_KEEP",
    "price": "ROLEPLAY_PRICE",
    "fallback_price": "ROLEPLAY_FALLBACK_PRICE",
    "qdrant_url": "QDRANT_URL",
    "qdrant_api_key": "QDRANT_API_KEY",
}


AGES = "90d (days), 12w (weeks) or 2y (years)"
"""How an age is written, for a person."""
_WRITTEN = {
    "memory_keep": f"no age: write {AGES}",
    "price": "no price: write 0.15/0.60 (dollars per million input and output tokens)",
    "fallback_price": "no price: write 0.15/0.60 (dollars per million input and output tokens)",
    "trusted_cards": "no digest of a card: `roleplay cast trust --list` prints them, 64 hex digits each",
    "qdrant_url": "no address of a server: write http(s)://host:6333 or grpc(s)://host:6334",
}
"""What is said where a value is not of its pattern, which is no sentence."""
_CardHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _split(hashes: object) -> object:
    return [word.strip() for word in hashes.split(",") if word.strip()] if isinstance(hashes, str) else hashes


_PRICE = r"^\d+(\.\d+)?/\d+(\.\d+)?$"


class Settings(BaseModel):
    """What an installation is set to; every field has a default that needs no key and no server."""

    model_config = ConfigDict(frozen=True)

    home: Path = Field(default_factory=lambda: Path.home() / ".langgraph-roleplay")
    """Folder of everything we keep: memory, threads, weights, logs."""
    model: str = "embedded:smollm2"
    """Chat model as `provider:model`."""
    embeddings: str = "embedded:wordllama"
    """Embedding model as `provider:model`."""
    personas: Path | None = None
    """Folder of the user's own cards and lorebooks; unset means one in `home`."""
    trusted_cards: Annotated[frozenset[_CardHash], BeforeValidator(_split)] = frozenset()
    """SHA-256 digests of cards whose instructions are followed, beside those of `roleplay cast trust`."""
    model_timeout: float = Field(default=120.0, gt=0, le=3600)
    """Seconds one model call may take before the turn goes on without it."""
    fallback_model: str | None = None
    """Chat model that is asked when the first one fails before a word was said."""
    price: str | None = Field(default=None, pattern=_PRICE)
    """Dollars per million input and output tokens of the chat model, as `0.15/0.60`; no package knows prices."""
    fallback_price: str | None = Field(default=None, pattern=_PRICE)
    """The same of the fallback model."""
    memory_limit: int = Field(default=500_000, ge=1)
    """The most memories that are kept of one user."""
    memory_limit_mb: int = Field(default=2_000, ge=1)
    """The most megabytes that they may take, vectors apart."""
    memory_keep: str | None = Field(default=None, pattern=r"^[1-9]\d{0,4}[dwy]$")
    """How long memories are kept, as `90d`, `12w` or `2y`; unset means for ever."""
    qdrant_url: str | None = Field(default=None, pattern=r"^(https?|grpcs?)://")
    """Qdrant server; unset means Qdrant Edge in `home`."""
    qdrant_api_key: SecretStr | None = None

    @property
    def qdrant_key(self) -> str | None:
        """The key of the Qdrant server, as its client takes it."""
        return self.qdrant_api_key.get_secret_value() if self.qdrant_api_key else None

    @property
    def token_price(self) -> tuple[float, float] | None:
        """Dollars per million input and output tokens of the chat model."""
        return _read_price(self.price)

    @property
    def fallback_token_price(self) -> tuple[float, float] | None:
        """Dollars per million input and output tokens of the fallback model."""
        return _read_price(self.fallback_price)

    @property
    def cast(self) -> Path:
        """Folder of the user's own cards and lorebooks; it need not be there."""
        return self.personas or self.home / "personas"

    @property
    def users(self) -> Path:
        """Folder of who the user can be in a story."""
        return self.home / "users"

    @property
    def trusted(self) -> Path:
        """File of the cards that the operator has allowed to give instructions."""
        return self.home / "trusted.json"

    @property
    def weights(self) -> Path:
        """Folder of downloaded model weights."""
        return self.home / "weights"

    @property
    def memory(self) -> str:
        """Where memories live: the server's URL, or the Edge folder."""
        return self.qdrant_url or str(self.home / "memory")

    @property
    def library(self) -> str:
        """Where documents and what else is found by meaning live: the server's URL, or an Edge folder of its own."""
        return self.qdrant_url or str(self.home / "library")

    @property
    def outbox(self) -> Path:
        """Folder of what waits until the memory is back."""
        return self.home / "outbox"

    @property
    def threads(self) -> Path:
        """SQLite file of the CLI's conversations."""
        return self.home / "threads.sqlite"


def _read_price(price: str | None) -> tuple[float, float] | None:
    if price is None:
        return None
    into, out = price.split("/")
    return float(into), float(out)


def make_private(folder: Path) -> None:
    """Make `folder`, and the folders it lies in, for this user alone; those that are there stay as they are.

    Raises:
        OSError: it can't be made.
    """
    for part in (*reversed(folder.parents), folder):
        part.mkdir(mode=0o700, exist_ok=True)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environ`.

    Raises:
        SettingsError: a value is out of bounds; names the variable.
    """
    values = {field: environ[name] for field, name in _VARIABLES.items() if environ.get(name)}
    for folder in ("home", "personas"):
        if folder in values:
            values[folder] = os.path.expanduser(values[folder])
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        wrong = _WRITTEN[field] if first["type"] == "string_pattern_mismatch" else first["msg"]
        raise SettingsError(f"{_VARIABLES[field]}={first['input']!r}: {wrong}") from error
