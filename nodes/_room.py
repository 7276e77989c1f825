"""How much of a prompt there is: what the model's profile grants, less what tools and the turn's other calls take."""

import json
import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from langgraph_roleplay.context import Thinking
from langgraph_roleplay.models import ModelProfile
from langgraph_roleplay.prompts.budget import Budget, TokenCounter

__all__ = ["budget_of", "draft_room", "exchange_tokens", "reserve_of"]

_QUESTION_TOKENS = 220
"""What asking for a plan takes, its form included."""
_DRAFT_SHARE = 8
_LEAST_SHARE = 4
"""One part in so many of the prompt is left to the character, whatever tools take of it."""
_TOOL_FRAME = 140
"""Tokens that a chat template spends on saying how tools are called; llama.cpp's of Qwen takes 130."""
_MOST_TOLD = 256
_tools_told: OrderedDict[tuple[Hashable, ...], str] = OrderedDict()
_lock = threading.Lock()
"""Prompts that a server counts are composed in threads."""


def budget_of(profile: ModelProfile, counter: TokenCounter, tools: Sequence[BaseTool], *, behind: int = 0) -> Budget:
    """What the profile grants, less what tools take of it: by being told of, and by what they have said.

    A server that counts is asked for it: call this from a thread then.

    Args:
        profile: of the model.
        counter: counts tokens.
        tools: those that the prompt tells of.
        behind: tokens of what they have said.
    """
    granted = profile.prompt_tokens
    if tools:
        told = "\n".join(map(_told, tools))
        # However many there are, the character comes first.
        granted = max(granted // 2, granted - counter.count(told) - _TOOL_FRAME)
    return Budget(max(profile.prompt_tokens // _LEAST_SHARE, granted - behind), behind=behind)


def exchange_tokens(exchange: Sequence[BaseMessage], counter: TokenCounter) -> int:
    """Tokens of what was asked of tools and what they said."""
    asked = [json.dumps(message.tool_calls) for message in exchange if isinstance(message, AIMessage)]
    texts = [*(message.text for message in exchange), *(calls for calls in asked if calls != "[]")]
    return sum(map(counter.count, texts)) + len(texts) * counter.per_message


def draft_room(profile: ModelProfile) -> int:
    """Tokens that a draft may take of the prompt in which it is judged."""
    return profile.prompt_tokens // _DRAFT_SHARE


def reserve_of(thinking: Thinking, profile: ModelProfile) -> int:
    """Tokens that the longest question of a turn takes."""
    if thinking == "quick":
        return 0
    draft = min(profile.reply_tokens, draft_room(profile)) if thinking == "deep" else 0
    return _QUESTION_TOKENS + draft


def _told(tool: BaseTool) -> str:
    """The tool as a template tells of it; making that of a schema takes a while."""
    schema = tool.args_schema
    key = (tool.name, tool.description, json.dumps(schema, sort_keys=True) if isinstance(schema, dict) else schema)
    with _lock:
        if key not in _tools_told:
            _tools_told[key] = json.dumps(convert_to_openai_tool(tool))
        _tools_told.move_to_end(key)
        while len(_tools_told) > _MOST_TOLD:
            _tools_told.popitem(last=False)
        return _tools_told[key]
