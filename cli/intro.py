"""The few lines before a greeting: which thread, which model, and what better one was found."""

import os
import shlex
from collections.abc import Iterator

from langgraph_roleplay.cli.naming import typeable
from langgraph_roleplay.cli.opening import Opening
from langgraph_roleplay.models.profile import profile_of
from langgraph_roleplay.settings import Settings

__all__ = ["intro_lines", "resume_line"]

_MOST_PROVIDERS = 2


def intro_lines(opening: Opening, *, settings: Settings) -> Iterator[str]:
    """What a person should know before talking."""
    yield f"Thread {opening.thread} · {resume_line(opening.thread)} · /help lists the commands."
    profile = profile_of(opening.context.model or settings.model)
    if profile.note:
        yield profile.note
    if profile.embedded:
        yield from _better_models()


def resume_line(thread: str) -> str:
    """What to type to go on with `thread` another time."""
    return typeable(f"resume with: roleplay chat --thread {shlex.quote(thread)}")


def _better_models() -> Iterator[str]:
    from langgraph_roleplay.models.providers import find_providers  # noqa: PLC0415 - httpx, which others do without

    # The mapping is handed on unread: only the names that providers themselves define are looked for in it.
    for provider in find_providers(os.environ)[:_MOST_PROVIDERS]:
        yield f"Found {provider.label} ({provider.found}); to use it: {provider.line}"
