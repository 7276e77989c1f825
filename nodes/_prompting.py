"""Compose the prompts of a turn for the model at hand: its budget, tokens and roles, and one beginning for all."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.runtime import Runtime
from pydantic import BaseModel

from langgraph_roleplay.context import Context, Thinking
from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import Answer, ModelProfile, fit_roles, name_of, tokens_of
from langgraph_roleplay.nodes._ask import ask_in_prompt
from langgraph_roleplay.nodes._lore import call_lore, make_ready, scan_of
from langgraph_roleplay.nodes._scene import lasting_scene
from langgraph_roleplay.prompts.budget import ESTIMATE, Budget, TokenCounter
from langgraph_roleplay.prompts.compose import Composition, Scene, compose_prefix, compose_prompt, shown_history
from langgraph_roleplay.prompts.sections import Piece, Report
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import State, Usage
from langgraph_roleplay.turn import context_of, history_of, thread_of, user_message

__all__ = ["ask_of_scene", "compose_call", "draft_room", "earlier_shown", "offered_tools", "stable_prefix"]

T = TypeVar("T", bound=BaseModel)
_QUESTION_TOKENS = 220
"""What asking for a plan takes, its form included."""
_DRAFT_SHARE = 8
_LEAST_SHARE = 4
"""One part in so many of the prompt is left to the character, whatever tools take of it."""
_tools_told: OrderedDict[tuple[Hashable, ...], str] = OrderedDict()
_MOST_TOLD = 256
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
        reserve=_reserve(thinking, profile),
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
    budget = _budget(tokens.profile, tokens.counter, offered_tools(model, tokens.profile, resources=resources))
    messages = await asyncio.to_thread(compose_prefix, scene, budget=budget, counter=tokens.counter)
    return fit_roles(messages, tokens.profile)


async def earlier_shown(state: State, runtime: Runtime[Context], *, resources: Resources) -> Sequence[AnyMessage]:
    """The earlier messages that the prompt of this turn shows, so that only others need recalling."""
    context = context_of(runtime)
    history = history_of(state)
    scene = await _lasting_scene(state, context, resources=resources, thread=thread_of(state, runtime))
    counter, budget = await _measure(context, resources=resources)
    look = partial(shown_history, scene, history, budget=budget, counter=counter)
    return await asyncio.to_thread(look) if counter.exact else look()


def offered_tools(model: BaseChatModel, profile: ModelProfile, *, resources: Resources) -> Sequence[BaseTool]:
    """The tools that stand in the prompts for `model`: none for one that can't call any, or has refused to."""
    return resources.tools if profile.tools and name_of(model) not in resources.toolless else ()


def draft_room(profile: ModelProfile) -> int:
    """Tokens that a draft may take of the prompt in which it is judged."""
    return profile.prompt_tokens // _DRAFT_SHARE


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


async def _lasting_scene(state: State, context: Context, *, resources: Resources, thread: str) -> Scene:
    """What the prompt begins with, before `retrieve_persona` has said which lore stands in it."""
    persona, lore = await resources.persona(context), await resources.lore(context)
    await make_ready(lore, persona, context)
    outcome = call_lore(
        lore,
        scan_of(state, persona, context, found={}, depth=lore.depth),
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
    taken = _exchange_tokens(exchange, counter)
    composed = compose_prompt(
        scene,
        history=history,
        message=message,
        budget=_budget(profile, counter, tools, behind=taken),
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


def _budget(profile: ModelProfile, counter: TokenCounter, tools: Sequence[BaseTool], *, behind: int = 0) -> Budget:
    """What the profile grants, less what tools take of it: by being told of, and by what they have said."""
    granted = profile.prompt_tokens
    if tools:
        told = "\n".join(map(_told, tools))
        # However many there are, the character comes first.
        granted = max(granted // 2, granted - counter.count(told) - _TOOL_FRAME)
    return Budget(max(profile.prompt_tokens // _LEAST_SHARE, granted - behind), behind=behind)


def _exchange_tokens(exchange: Sequence[BaseMessage], counter: TokenCounter) -> int:
    asked = [json.dumps(message.tool_calls) for message in exchange if isinstance(message, AIMessage)]
    texts = [*(message.text for message in exchange), *(calls for calls in asked if calls != "[]")]
    return sum(map(counter.count, texts)) + len(texts) * counter.per_message


def _told(tool: BaseTool) -> str:
    """The tool as a template tells of it; making that of a schema takes a while."""
    schema = tool.args_schema
    key = (tool.name, tool.description, json.dumps(schema, sort_keys=True) if isinstance(schema, dict) else schema)
    if key not in _tools_told:
        _tools_told[key] = json.dumps(convert_to_openai_tool(tool))
    _tools_told.move_to_end(key)
    while len(_tools_told) > _MOST_TOLD:
        _tools_told.popitem(last=False)
    return _tools_told[key]


def _reserve(thinking: Thinking, profile: ModelProfile) -> int:
    if thinking == "quick":
        return 0
    draft = min(profile.reply_tokens, draft_room(profile)) if thinking == "deep" else 0
    return _QUESTION_TOKENS + draft
