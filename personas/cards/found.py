"""What a container held."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Found"]


@dataclass(frozen=True, slots=True)
class Found:
    """A card's JSON, and what was odd about the file it was in."""

    card: Mapping[str, Any]
    notices: tuple[str, ...] = ()
