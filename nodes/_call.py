"""Call the turn's model: within its time, by the fallback model if it fails, and with an account of what it took."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from langchain_core.language_models import BaseChatModel

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import model_errors, raise_if_blocking
from langgraph_roleplay.resources import Resources

__all__ = ["call_model"]

T = TypeVar("T")


async def call_model(
    attempt: Callable[[BaseChatModel], Awaitable[T]],
    *,
    context: Context,
    resources: Resources,
    again: Callable[[], bool] = lambda: True,
) -> T:
    """Let the turn's model make `attempt`, and the fallback model if that fails.

    Args:
        attempt: what to do with a model.
        context: names the models.
        resources: loads them.
        again: whether the attempt may still be made anew: not after its words have been heard.

    Raises:
        ModelError: no model could do it; says why.
    """
    models = (resources.chat_model, resources.fallback_model)
    seconds = resources.settings.model_timeout
    reason = ""
    for load in models:
        try:
            model = await load(context)
            if model is None:
                break
            async with asyncio.timeout(seconds):
                return await attempt(model)
        except model_errors() as error:
            raise_if_blocking(error)
            reason = f"{reason}; then " * bool(reason) + (str(error) or f"no end within {seconds:.0f} s")
            if not again():
                break
    raise ModelError(reason)
