"""Ask the turn's model for a filled-in form; whatever goes wrong ends in the form's default, with the reason."""

from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import Answer, ask_structured, count_usage
from langgraph_roleplay.nodes._call import call_model
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State, Usage, add_usage
from langgraph_roleplay.turn import cap_reached

__all__ = ["ask_form"]

T = TypeVar("T", bound=BaseModel)


async def ask_form(
    question: str, form: type[T], *, default: T, node: str, state: State, context: Context, resources: Resources
) -> tuple[Answer[T], Usage | None]:
    """Ask `question` once; the answer's rung is `default` when no model answered or the answer could not be read.

    Returns:
        The answer, and what the turn has taken with it.
    """
    if reason := cap_reached(state, context):
        return Answer(default, "default", "", reason), state.get("usage")

    async def attempt(model: BaseChatModel) -> Answer[T]:
        prompt = [HumanMessage(question)]
        # Not the node's own name: LangGraph would take the end of this run for the node's, and stream its messages.
        config = RunnableConfig(run_name=f"ask_{node}")
        answer = await ask_structured(model, prompt, form, default=default, memory=resources.ladder, config=config)
        if answer.rung == "default" and not answer.raw:
            raise ModelError(str(answer.error))  # nothing came back: another model may do better
        return answer

    with count_usage() as meter:
        try:
            answer = await call_model(attempt, context=context, resources=resources)
        except ModelError as error:
            answer = Answer(default, "default", "", str(error))
    return answer, add_usage(state.get("usage"), meter.usage(price=resources.price(context)))
