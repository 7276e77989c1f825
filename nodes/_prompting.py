"""Compose the prompts of a turn for the model at hand: its budget, tokens and roles, and one beginning for all."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, BaseMessage
from langchain_core.tools import BaseTool
from langgraph.runtime import Runtime
from pydantic import BaseModel

from langgraph_roleplay.context import Context, Thinking
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import Answer, ModelProfile, fit_roles, name_of, tokens_of
from langgraph_roleplay.nodes._ask import ask_in_prompt
from langgraph_roleplay.nodes._lore import call_lore, make_ready, scan_of
from langgraph_roleplay.nodes._room import budget_of, exchange_tokens, reserve_of
from langgraph_roleplay.nodes._scene import lasting_scene
from langgraph_roleplay.prompts.budget import ESTIMATE, TokenCounter
from langgraph_roleplay.prompts.compose import Composition, Scene, compose_prefix, compose_prompt, shown_history
from langgraph_roleplay.prompts.sections import Piece, Report
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State, Usage
from langgraph_roleplay.turn import context_of, history_of, thread_of, user_message

__all__ = ["ask_of_scene", "compose_call", "earlier_shown", "offered_tools", "stable_prefix"]

T = TypeVar("T", bound=BaseModel)


async def compose_call(
    state: State,
    scene: Scene,
    model: BaseChatModel,
    profile: ModelProfile,
    *,
    thinking: Thinking,
    tools: Sequence[BaseTool] = (),
    question: str = "",
    remark: str = "",
    exchange: Sequence[BaseMessage] = (),
) -> Composition:
    """The prompt of one model call of this turn; all of them begin alike, whatever is asked.

    Args:
        state: the turn's.
        scene: what was gathered.
        model: who is asked.
        profile: what it is good for.
        thinking: which other calls the turn makes, as they need room in the same prompt.
        tools: what the character may call.
        question: what the model is to decide, out of its role; empty when it is to speak.
        remark: a private word beside the message.
        exchange: what was asked of tools in this turn, and what they said: it stands behind all else.
    """
    tokens = await tokens_of(model, profile)
    message = user_message(state)
    compose = partial(
        _compose,
        scene,
        history_of(state),
        message.text if message else None,
        counter=tokens.counter,
        profile=tokens.profile,
        tools=tools,
        reserve=reserve_of(thinking, profile),
        question=question,
        remark=remark,
        exchange=exchange,
    )
    # A server that counts is asked in a thread; an estimate is sooner made than a thread.
    return await asyncio.to_thread(compose) if tokens.counter.exact else compose()


async def ask_of_scene(
    question: str,
    form: type[T],
    *,
    default: T,
    node: str,
    state: State,
    scene: Scene,
    context: Context,
    resources: Resources,
) -> tuple[Answer[T], Usage | None]:
    """Ask `question` in the prompt that the reply is given in; see `ask_form`."""

    async def compose(model: BaseChatModel, profile: ModelProfile) -> Sequence[BaseMessage]:
        tools = offered_tools(model, profile, resources=resources)
        thinking = resources.thinking(context)
        composed = await compose_call(state, scene, model, profile, thinking=thinking, tools=tools, question=question)
        return composed.messages

    return await ask_in_prompt(
        compose,
        form,
        default=default,
        node=node,
        state=state,
        context=context,
        resources=resources,
        tools=partial(offered_tools, resources=resources),
    )


async def stable_prefix(context: Context, *, resources: Resources, thread: str) -> list[AnyMessage]:
    """What every prompt of the conversation begins with: worth reading into a model server's cache beforehand.

    Raises:
        ModelError: the model can't be loaded.
        PersonaError: the persona is unknown.
    """
    model = await resources.chat_model(context)
    tokens = await tokens_of(model, resources.profile(context))
    unsaid: State = {"messages": [], "reply_id": thread}
    scene = await _lasting_scene(unsaid, context, resources=resources, thread=thread)
    tools = offered_tools(model, tokens.profile, resources=resources)

    def compose() -> list[AnyMessage]:
        budget = budget_of(tokens.profile, tokens.counter, tools)
        return compose_prefix(scene, budget=budget, counter=tokens.counter)

    return fit_roles(await asyncio.to_thread(compose), tokens.profile)


async def earlier_shown(state: State, runtime: Runtime[Context], *, resources: Resources) -> Sequence[AnyMessage]:
    """The earlier messages that the prompt of this turn shows, so that only others need recalling."""
    context = context_of(runtime)
    history = history_of(state)
    scene = await _lasting_scene(state, context, resources=resources, thread=thread_of(state, runtime))
    counter, tools = await _measure(context, resources=resources)

    def look() -> Sequence[AnyMessage]:
        budget = budget_of(resources.profile(context), counter, tools)
        return shown_history(scene, history, budget=budget, counter=counter)

    return await asyncio.to_thread(look) if counter.exact else look()


def offered_tools(model: BaseChatModel, profile: ModelProfile, *, resources: Resources) -> Sequence[BaseTool]:
    """The tools that stand in the prompts for `model`: none for one that can't call any, or has refused to."""
    return resources.tools if profile.tools and name_of(model) not in resources.toolless else ()


async def _measure(context: Context, *, resources: Resources) -> tuple[TokenCounter, Sequence[BaseTool]]:
    """How the turn's model counts, and its tools; by estimate where it can't be loaded, which others will say."""
    profile = resources.profile(context)
    try:
        async with asyncio.timeout(resources.settings.model_timeout):
            model = await resources.chat_model(context)
            tokens = await tokens_of(model, profile)
    except (ModelError, TimeoutError):
        return ESTIMATE, ()
    return tokens.counter, offered_tools(model, profile, resources=resources)


async def _lasting_scene(state: State, context: Context, *, resources: Resources, thread: str) -> Scene:
    """What the prompt begins with, before `retrieve_persona` has said which lore stands in it."""
    persona, lore = await resources.persona(context), await resources.lore(context)
    await make_ready(lore, persona, context)
    outcome = call_lore(
        lore,
        scan_of(state, persona, context, found={}, depth=lore.depth, thread=thread),
        resources.profile(context),
        state=state.get("lore_state") or {},
        seed=state["reply_id"],
    )
    trusted = await resources.trusts(context)
    return lasting_scene(persona, context, outcome.entries, thread=thread, trusted=trusted)


def _compose(
    scene: Scene,
    history: Sequence[AnyMessage],
    message: str | None,
    *,
    counter: TokenCounter,
    profile: ModelProfile,
    tools: Sequence[BaseTool],
    reserve: int,
    question: str,
    remark: str,
    exchange: Sequence[BaseMessage],
) -> Composition:
    taken = exchange_tokens(exchange, counter)
    composed = compose_prompt(
        scene,
        history=history,
        message=message,
        budget=budget_of(profile, counter, tools, behind=taken),
        remark=remark,
        question=question,
        reserve=reserve,
        counter=counter,
        fit_roles=partial(fit_roles, profile=profile),
    )
    if not exchange:
        return composed
    report = Report(counter, composed.report)
    piece = Piece(name="what tools said", text="", source="tools", why="what the character asked for")
    report.note(piece, taken, taken, place="tail")
    return replace(composed, messages=[*composed.messages, *cast("Sequence[AnyMessage]", exchange)])
