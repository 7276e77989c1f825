"""What model calls take: calls, tokens, and money where the price is known."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers.context import register_configure_hook

from langgraph_roleplay.state import Usage

__all__ = ["UsageMeter", "count_usage"]


class UsageMeter(BaseCallbackHandler):
    """Adds up the calls that end while it is in force."""

    def __init__(self) -> None:
        self.calls = self.input_tokens = self.output_tokens = 0

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        """Add one call; a provider that doesn't say its tokens counts as a call of none."""
        self.calls += 1
        for generation in (one for row in response.generations for one in row):
            message = generation.message if isinstance(generation, ChatGeneration) else None
            if isinstance(message, AIMessage) and message.usage_metadata:
                self.input_tokens += message.usage_metadata["input_tokens"]
                self.output_tokens += message.usage_metadata["output_tokens"]

    def on_llm_error(self, error: BaseException, *, response: LLMResult | None = None, **kwargs: Any) -> None:
        """Add a call that failed or was broken off, with what it had taken until then."""
        self.on_llm_end(response or LLMResult(generations=[]))

    def usage(self, *, price: tuple[float, float] | None) -> Usage:
        """What was taken; `price` is dollars per million input and output tokens."""
        tokens = (self.input_tokens, self.output_tokens)
        cost = sum(count * dollars for count, dollars in zip(tokens, price, strict=True)) / 1e6 if price else None
        return {"calls": self.calls, "input_tokens": tokens[0], "output_tokens": tokens[1], "cost": cost}


# One hook for the whole process: LangChain's own context manager registers a new one at each use and never lets go.
_meter: ContextVar[UsageMeter | None] = ContextVar("roleplay_usage_meter", default=None)
register_configure_hook(_meter, inheritable=True)


@contextmanager
def count_usage() -> Iterator[UsageMeter]:
    """Count the model calls that are made inside."""
    meter = UsageMeter()
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)
