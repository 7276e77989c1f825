"""Compose the prompts of a turn for the model at hand: its budget, tokens and roles, and one beginning for all."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, BaseMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.runtime import Runtime
from pydantic import BaseModel

from langgraph_roleplay.context import Context, Thinking
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import Answer, ModelProfile, fit_roles, tokens_of
from langgraph_roleplay.nodes._ask import ask_in_prompt
from langgraph_roleplay.nodes._scene import constant_lore, set_scene
from langgraph_roleplay.personas.lore import LoreScan, activate_lore
from langgraph_roleplay.prompts.budget import ESTIMATE, Budget, TokenCounter
from langgraph_roleplay.prompts.compose import Composition, Scene, compose_prefix, compose_prompt, shown_history
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State, Usage
from langgraph_roleplay.turn import context_of, history_of, thread_of, user_message

__all__ = ["ask_of_scene", "compose_call", "earlier_shown", "name_of", "offered_tools", "stable_prefix"]

T = TypeVar("T", bound=BaseModel)
_QUESTION_TOKENS = 220
"""What asking for a plan takes, its form included."""
_DRAFT_SHARE = 8
_tools_told: dict[tuple[str, str], str] = {}
_TOOL_FRAME = 140
"""Tokens that a chat template spends on saying how tools are called; llama.cpp's of Qwen takes 130."""


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
        reserve=_reserve(thinking, profile),
        question=question,
        remark=remark,
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
    scene = await _lasting_scene(context, resources=resources, thread=thread)
    budget = _budget(tokens.profile, tokens.counter, offered_tools(model, tokens.profile, resources=resources))
    messages = await asyncio.to_thread(compose_prefix, scene, budget=budget, counter=tokens.counter)
    return fit_roles(messages, tokens.profile)


async def earlier_shown(state: State, runtime: Runtime[Context], *, resources: Resources) -> Sequence[AnyMessage]:
    """The earlier messages that the prompt of this turn shows, so that only others need recalling."""
    context = context_of(runtime)
    history = history_of(state)
    scene = await _lasting_scene(context, resources=resources, thread=thread_of(state, runtime))
    counter, budget = await _measure(context, resources=resources)
    look = partial(shown_history, scene, history, budget=budget, counter=counter)
    return await asyncio.to_thread(look) if counter.exact else look()


def offered_tools(model: BaseChatModel, profile: ModelProfile, *, resources: Resources) -> Sequence[BaseTool]:
    """The tools that stand in the prompts for `model`: none for one that can't call any, or has refused to."""
    return resources.tools if profile.tools and name_of(model) not in resources.toolless else ()


def name_of(model: BaseChatModel) -> str:
    """What the model calls itself."""
    return str(getattr(model, "model_name", "") or getattr(model, "model", "") or type(model).__name__)


async def _measure(context: Context, *, resources: Resources) -> tuple[TokenCounter, Budget]:
    """How the turn's model counts, and what it takes; by estimate where it can't be loaded, which others will say."""
    profile = resources.profile(context)
    try:
        async with asyncio.timeout(resources.settings.model_timeout):
            model = await resources.chat_model(context)
            tokens = await tokens_of(model, profile)
    except (ModelError, TimeoutError):
        return ESTIMATE, Budget(profile.prompt_tokens)
    return tokens.counter, _budget(profile, tokens.counter, offered_tools(model, profile, resources=resources))


async def _lasting_scene(context: Context, *, resources: Resources, thread: str) -> Scene:
    """The scene before anything is said: with the lore that is always there."""
    persona, trusted = await resources.persona(context), await resources.trusts(context)
    nothing_said = LoreScan(messages=[], char=persona.display_name, user=context.user_name)
    outcome = activate_lore(await resources.lore(context), nothing_said, state={}, seed=thread)
    scene = set_scene(persona, context, thread=thread, trusted=trusted)
    return replace(scene, lore=constant_lore(outcome.entries, persona, context, thread=thread))


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
) -> Composition:
    composed = compose_prompt(
        scene,
        history=history,
        message=message,
        budget=_budget(profile, counter, tools),
        remark=remark,
        question=question,
        reserve=reserve,
        counter=counter,
    )
    return replace(composed, messages=fit_roles(composed.messages, profile))


def _budget(profile: ModelProfile, counter: TokenCounter, tools: Sequence[BaseTool]) -> Budget:
    """What the profile grants, less what the tools take of it."""
    if not tools:
        return Budget(profile.prompt_tokens)
    told = "\n".join(map(_told, tools))
    # However many there are, the character comes first.
    return Budget(max(profile.prompt_tokens // 2, profile.prompt_tokens - counter.count(told) - _TOOL_FRAME))


def _told(tool: BaseTool) -> str:
    """The tool as a template tells of it; making that of a schema takes a while."""
    key = (tool.name, tool.description)
    if key not in _tools_told:
        _tools_told[key] = json.dumps(convert_to_openai_tool(tool))
    return _tools_told[key]


def _reserve(thinking: Thinking, profile: ModelProfile) -> int:
    if thinking == "quick":
        return 0
    draft = min(profile.reply_tokens, profile.prompt_tokens // _DRAFT_SHARE) if thinking == "deep" else 0
    return _QUESTION_TOKENS + draft
