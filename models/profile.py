"""What a model can take: prompt budget, reply length, tools, and how much thinking suits it."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from langgraph_roleplay.models.spec import EMBEDDED, parse_spec

__all__ = ["ModelProfile", "profile_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelProfile:
    """What the turn should know about a model before it asks."""

    prompt_tokens: int = 8000
    """Budget of the prompt, in tokens."""
    reply_tokens: int = 400
    """How long a reply may become, in tokens."""
    tools: bool = True
    """Whether it can be trusted to call tools."""
    thinking: Literal["quick", "measured"] = "measured"
    """What `thinking="auto"` means for it."""
    embedded: bool = False
    """Whether it runs inside this process."""
    system_role: bool = True
    """Whether its template takes a system message."""
    alternates: bool = True
    """Whether its template may refuse two messages of one role in a row; those who don't lose nothing by it."""
    note: str = ""
    """One honest line for people, or nothing."""


_SMOLLM2 = ModelProfile(
    prompt_tokens=1000,  # prefill is 110-165 tokens/s on two cores, and most of a prompt is in the cache
    reply_tokens=72,  # looked at: past about 70 tokens it loses the thread
    tools=False,
    thinking="quick",
    embedded=True,
    note=(
        "smollm2 is a 135M model: English only, it breaks character and makes things up. "
        "`roleplay doctor` says how to use a better one."
    ),
)
_EMBEDDED = ModelProfile(prompt_tokens=2000, thinking="quick", embedded=True)
_REMOTE = ModelProfile()
_NO_SYSTEM_ROLE = re.compile(r"gemma-?[12]?(?![0-9])|codegemma|mistral-7b-instruct-v0\.[12]", re.IGNORECASE)
"""Names of models whose template refuses a system message, or puts it into the user's first one by itself."""


def profile_of(spec: str) -> ModelProfile:
    """The profile of `provider:model`.

    Raises:
        ModelError: `spec` is not `provider:model`.
    """
    provider, name = parse_spec(spec)
    if provider != EMBEDDED:
        return replace(_REMOTE, system_role=False) if _NO_SYSTEM_ROLE.search(name) else _REMOTE
    return _SMOLLM2 if name == "smollm2" else _EMBEDDED
