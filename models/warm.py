"""Warming an embedded model's prefix cache."""

from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

__all__ = ["is_embedded", "warm_prefix"]

_INTERNAL = ["nostream"]


def is_embedded(model: BaseChatModel) -> bool:
    """Whether `model` is one that runs inside this process."""
    return bool((model.metadata or {}).get("embedded"))


async def warm_prefix(model: BaseChatModel, messages: Sequence[BaseMessage]) -> None:
    """Let an embedded model read `messages`, so that a prompt which starts with them is answered sooner.

    One token is asked for and thrown away. Does nothing for other models, which would cost money.

    Raises:
        The types of `model_errors()`, as any call of a model.
    """
    if is_embedded(model):
        await model.ainvoke(list(messages), config={"tags": _INTERNAL}, max_tokens=1)
