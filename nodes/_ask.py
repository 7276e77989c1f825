"""Ask the turn's model for a filled-in form; whatever goes wrong ends in the form's default, with the reason."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import Answer, LadderMemory, ModelProfile, ask_structured
from langgraph_roleplay.nodes._call import call_model
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State, Usage

__all__ = ["ask_form", "ask_in_prompt"]

T = TypeVar("T", bound=BaseModel)


async def ask_form(
    question: Callable[[ModelProfile], str],
    form: type[T],
    *,
    default: T,
    node: str,
    state: State,
    context: Context,
    resources: Resources,
    ladder: LadderMemory | None = None,
) -> tuple[Answer[T], Usage | None]:
    """Ask `question` once; the answer's rung is `default` when no model answered or the answer could not be read.

    Args:
        question: the question, put in words for a model of that profile.
        form: what is to be filled in.
        default: what is taken for an answer where there is none.
        node: who asks, for the trace.
        state: the turn's.
        context: the turn's.
        resources: loads the models.
        ladder: remembers the form that each model answers in; default: the turn's.

    Returns:
        The answer, and what the turn has taken with it.
    """

    async def compose(_: BaseChatModel, profile: ModelProfile) -> Sequence[BaseMessage]:
        return [HumanMessage(question(profile))]

    return await ask_in_prompt(
        compose, form, default=default, node=node, state=state, context=context, resources=resources, ladder=ladder
    )


async def ask_in_prompt(
    compose: Callable[[BaseChatModel, ModelProfile], Awaitable[Sequence[BaseMessage]]],
    form: type[T],
    *,
    default: T,
    node: str,
    state: State,
    context: Context,
    resources: Resources,
    ladder: LadderMemory | None = None,
    tools: Callable[[BaseChatModel, ModelProfile], Sequence[BaseTool]] = lambda *_: (),
) -> tuple[Answer[T], Usage | None]:
    """The same with a whole prompt, which `compose` makes for the model at hand; `tools` are those it tells of."""
    forms = ladder or resources.ladder

    async def attempt(model: BaseChatModel, profile: ModelProfile) -> Answer[T]:
        prompt = await compose(model, profile)
        # Not the node's own name: LangGraph would take the end of this run for the node's, and stream its messages.
        config = RunnableConfig(run_name=f"ask_{node}")
        answer = await ask_structured(
            model, prompt, form, default=default, memory=forms, config=config, tools=tools(model, profile)
        )
        if answer.rung == "default" and not answer.raw:
            raise ModelError(str(answer.error))  # nothing came back: another model may do better
        return answer

    outcome = await call_model(attempt, state=state, context=context, resources=resources)
    return outcome.value or Answer(default, "default", "", outcome.failure), outcome.usage
