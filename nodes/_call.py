"""Call the turn's model: within its time and the turn's caps, by the fallback model if it fails, and count it all."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from langchain_core.language_models import BaseChatModel

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import ModelProfile, count_usage, model_errors, raise_if_blocking
from langgraph_roleplay.resources import ModelChoice, Resources
from langgraph_roleplay.state import State, Usage, add_usage
from langgraph_roleplay.turn import cap_reached

__all__ = ["Attempt", "Outcome", "call_model"]

T = TypeVar("T")

Attempt = Callable[[BaseChatModel, ModelProfile], Awaitable[T]]
"""What to do with a model, by what it is good for."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What came of asking."""

    value: T | None
    """What the attempt gave; None where no model could do it."""
    failure: str
    """Why no model could do it; empty where one could."""
    usage: Usage | None
    """What the turn has taken, the failed calls included."""


async def call_model(
    attempt: Attempt[T],
    *,
    state: State,
    context: Context,
    resources: Resources,
    again: Callable[[], bool] = lambda: True,
) -> Outcome[T]:
    """Let the turn's model make `attempt`, and the fallback model if that fails; neither beyond the turn's caps.

    Args:
        attempt: what to do with a model.
        state: what the turn has taken so far.
        context: names the models, and the caps.
        resources: loads them.
        again: whether the attempt may still be made anew: not after its words have been heard.
    """
    usage, reasons = state.get("usage"), list[str]()
    for find in (resources.first_choice, resources.fallback_choice):
        if reason := cap_reached(state | {"usage": usage}, context):
            reasons.append(reason)
            break
        try:
            choice = find(context)
        except ModelError as error:
            reasons.append(str(error))
            break
        if choice is None:
            break
        value, reason, taken = await _ask(choice, attempt, seconds=resources.settings.model_timeout)
        usage = add_usage(usage, taken)
        if not reason:
            return Outcome(value, "", usage)
        reasons.append(reason)
        if not again():
            break
    return Outcome(None, "; then ".join(reasons), usage)


async def _ask(choice: ModelChoice, attempt: Attempt[T], *, seconds: float) -> tuple[T | None, str, Usage | None]:
    """What the model gave, why it could not, and what it took; loading it counts towards its time."""
    value, reason = None, ""
    with count_usage() as meter:
        try:
            async with asyncio.timeout(seconds):
                value = await attempt(await choice.load(), choice.profile)
        except model_errors() as error:
            raise_if_blocking(error)
            reason = str(error) or f"no end within {seconds:.0f} s"
    # A model that was never reached has cost nothing, whether or not its price is known.
    return value, reason, meter.usage(price=choice.price) if meter.calls else None
