"""Prefix reuse: how much of all prompts of a conversation the embedded server reads from its cache."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr
from rich.table import Table

from langgraph_roleplay.context import Context
from langgraph_roleplay.evals.bench.prefix_script import LINES, earlier_memories, long_persona, user_lines
from langgraph_roleplay.evals.bench.table import make_table
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.models import ModelProfile, load_chat_model, load_embeddings, profile_of, tokens_of
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import read_settings

__all__ = ["bench_prefix_reuse"]

_MODEL = "embedded:smollm2"
_PERSONA_TOKENS, _PROMPT_TOKENS = 1500, 3900
_FIRST_COUNTED = 5
_TARGET, _TARGET_OF_COMMON = 0.85, 0.98


class _Roomy(Resources):
    """The embedded model with as long a prompt as its context takes."""

    def profile(self, context: Context) -> ModelProfile:
        return ModelProfile(
            prompt_tokens=_PROMPT_TOKENS,
            reply_tokens=profile_of(_MODEL).reply_tokens,
            tools=False,
            thinking="measured",
            embedded=True,
        )


@dataclass
class _Call:
    """One model call."""

    turn: int
    messages: Sequence[BaseMessage]
    tokens: int = 0
    cached: int = 0


@dataclass(eq=False)  # callbacks are kept in sets
class _Recorder(AsyncCallbackHandler):
    """Notes what the model was asked and what of it came from the cache."""

    calls: list[_Call] = field(default_factory=list)
    turn: int = 0

    async def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self.calls.append(_Call(self.turn, messages[0]))

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        generation = response.generations[0][0]
        usage = getattr(generation.message, "usage_metadata", None) if isinstance(generation, ChatGeneration) else None
        if usage:
            self.calls[-1].tokens = usage["input_tokens"]
            self.calls[-1].cached = usage["input_token_details"].get("cache_read", 0)

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """An answer that came to its limit of tokens within its form: openai raises it, with what it took."""
        usage = getattr(getattr(error, "completion", None), "usage", None)
        if usage is not None:
            self.calls[-1].tokens = usage.prompt_tokens
            self.calls[-1].cached = usage.prompt_tokens_details.cached_tokens or 0


async def bench_prefix_reuse(data: Path) -> Table:
    """Thirty turns with plan and reply; then the same turns in the naive order, by their tokens."""
    settings = read_settings()
    model = load_chat_model(_MODEL, settings=settings)
    counter = (await tokens_of(model, profile_of(_MODEL))).counter
    models = [persona for persona in PersonaLibrary(settings.cast).list() if persona.language == "en"]
    persona = long_persona(models, tokens=_PERSONA_TOKENS, counter=counter)
    lines, source = user_lines(data)
    with tempfile.TemporaryDirectory() as folder:
        bank = await MemoryBank.open(Path(folder) / "memory", embeddings=load_embeddings("embedded:wordllama"))
        try:
            await bank.remember(earlier_memories(data))
            calls, states = await _play(_Roomy(settings=settings, model=_MODEL, memory=bank), persona, lines)
        finally:
            await bank.close()
    with _client(model) as client:
        ours = [_ids(client, call.messages) for call in calls]
        naive = [_ids(client, prompt) for prompt in _naive_prompts(calls)]
    told = f"{LINES} turns of plan and reply, user lines of {source}, persona of {_PERSONA_TOKENS:,} tokens"
    recalled = sum(len(state["recalled"]) for state in states) / len(states)
    lore = sum(not note["left_out"] for state in states for note in state["lore"]) / len(states)
    told += (
        f", {recalled:.1f} memories and {lore:.1f} entries of lore a turn, {_MODEL}, prompts up to {_PROMPT_TOKENS:,}"
    )
    return _report(calls, ours, naive, told)


async def _play(
    resources: Resources, persona: Persona, lines: Sequence[str]
) -> tuple[list[_Call], list[dict[str, Any]]]:
    graph = build_turn(resources).compile(checkpointer=InMemorySaver())
    recorder, states = _Recorder(), []
    card = persona.to_card()
    context = Context(persona=card, thinking="measured", reminisce_after=0)
    config: Any = {"configurable": {"thread_id": "prefix"}, "callbacks": [recorder]}
    for recorder.turn, line in enumerate(lines, 1):
        await graph.ainvoke({"messages": [HumanMessage(line)]}, config, context=context)
        states.append((await graph.aget_state(config)).values)
    return recorder.calls, states


def _naive_prompts(calls: Sequence[_Call]) -> list[list[BaseMessage]]:
    """The same texts in the usual order: notes in the system prompt, and a plan with a prompt of its own."""
    return [_naive(call.messages) for call in calls]


def _naive(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    system, *spoken, tail = messages
    notes = [line for line in tail.text.splitlines() if line.startswith("(")]
    rest = "\n".join(line for line in tail.text.splitlines() if not line.startswith("("))
    told = "\n".join([system.text, *notes])
    if "[Out of the role" not in tail.text:
        return [SystemMessage(told), *spoken, HumanMessage(rest)]
    words, _, question = rest.partition("[Out of the role")
    talk = "\n".join(f"{message.type}: {message.text}" for message in spoken)
    return [HumanMessage("\n\n".join((question, told, talk, words)))]


def _client(model: Any) -> httpx.Client:
    assert isinstance(model, ChatOpenAI)
    key = model.openai_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if isinstance(key, SecretStr) else {}
    root = str(model.openai_api_base).removesuffix("/v1")
    return httpx.Client(base_url=root, headers=headers, trust_env=False, timeout=60)


def _ids(client: httpx.Client, messages: Sequence[BaseMessage]) -> list[int]:
    """The prompt as the model reads it, token by token."""
    templated = client.post("/apply-template", json={"messages": convert_to_openai_messages(messages)})
    asked = {"content": templated.raise_for_status().json()["prompt"], "add_special": True, "parse_special": True}
    ids: list[int] = client.post("/tokenize", json=asked).raise_for_status().json()["tokens"]
    return ids


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(first), len(second)))


def _report(calls: Sequence[_Call], ours: list[list[int]], naive: list[list[int]], told: str) -> Table:
    counted = [n for n, call in enumerate(calls) if call.turn >= _FIRST_COUNTED and call.tokens]
    tokens, cached = sum(calls[n].tokens for n in counted), sum(calls[n].cached for n in counted)
    common = {n: _common(ours[n - 1], ours[n]) for n in counted}
    read = sum(min(calls[n].cached, common[n]) for n in counted)
    known = {n: max(_common(earlier, naive[n]) for earlier in naive[:n]) for n in counted}
    bound = sum(known.values()) / sum(len(naive[n]) for n in counted)
    silent = sum(call.turn >= _FIRST_COUNTED and not call.tokens for call in calls)
    cuts = sum(calls[n].cached < 0.75 * calls[n].tokens for n in counted)
    rows = [
        ["prompt tokens from the cache", f"{cached / tokens:.1%}", f"≥ {_TARGET:.0%}"],
        [
            "… of what successive prompts have in common",
            f"{read / sum(common.values()):.1%}",
            f"≥ {_TARGET_OF_COMMON:.0%}",
        ],
        ["naive order: the best that any earlier prompt could give", f"{bound:.1%}", ""],
        ["model calls; broken off, so that their usage is not known", f"{len(counted)}; {silent}", ""],
        ["tokens of a prompt, on average", f"{tokens // len(counted):,}", ""],
        ["calls that read more than a quarter anew", f"{cuts}", ""],
    ]
    title = f"Prefix reuse over all model calls of turns {_FIRST_COUNTED} to {calls[-1].turn}"
    return make_table(title, told, ["", "measured", "target"], rows)
