"""Ask the turn's model for a filled-in form; whatever goes wrong ends in the form's default, with the reason."""

import asyncio
from typing import TypeVar

from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from langgraph_roleplay.context import Context
from langgraph_roleplay.models import Answer, ask_structured, model_errors, raise_if_blocking
from langgraph_roleplay.resources import Resources

__all__ = ["ask_form"]

T = TypeVar("T", bound=BaseModel)


async def ask_form(
    question: str, form: type[T], *, default: T, node: str, context: Context, resources: Resources
) -> Answer[T]:
    """Ask `question` once; the answer's rung is `default` when the model failed or could not be read."""
    seconds = resources.settings.model_timeout
    try:
        model = await resources.chat_model(context)
        async with asyncio.timeout(seconds):
            return await ask_structured(
                model,
                [HumanMessage(question)],
                form,
                default=default,
                memory=resources.ladder,
                config={"run_name": node},
            )
    except model_errors() as error:
        raise_if_blocking(error)
        return Answer(default, "default", "", str(error) or f"no answer within {seconds:.0f} s")
