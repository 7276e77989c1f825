"""Hear a model out, sentence by sentence, and let go of it as soon as the speech is closed."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig
from langchain_core.runnables.config import merge_configs

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.nodes._speech import Speech
from langgraph_roleplay.safety import SentenceStream, ThoughtFilter

__all__ = ["listen_to"]


async def listen_to(
    model: Runnable[Any, AIMessage], *, messages: Sequence[BaseMessage], speech: Speech, stop: list[str] | None
) -> AIMessage | None:
    """Hear the model out, or until the speech is closed; breaking off frees the model for the next caller."""
    chunks: list[AIMessageChunk] = []
    thoughts, sentences = ThoughtFilter(), SentenceStream()
    config: RunnableConfig = {"run_name": "respond", "tags": ["nostream"]}
    stream = _stream(model, messages, config, **({"stop": stop} if stop else {}))
    async with aclosing(_chunks(stream)) as coming:
        async for chunk in coming:
            chunks.append(chunk)
            for sentence in sentences.feed(thoughts.feed(chunk.text)):
                speech.say(sentence)
            if speech.closed:
                return None
    said = add_ai_message_chunks(*chunks) if len(chunks) > 1 else next(iter(chunks), None)
    for sentence in sentences.feed(thoughts.flush()):
        speech.say(sentence)
    speech.end(sentences.flush(), cut_short=said is not None and _ran_out(said))
    return said


def _stream(
    model: Runnable[Any, AIMessage], messages: Sequence[BaseMessage], config: RunnableConfig, **options: Any
) -> AsyncIterator[AIMessage]:
    """The model's own stream: a binding's, when broken off, leaves the model's to the garbage collector."""
    if not isinstance(model, RunnableBinding):
        return model.astream(messages, config, **options)
    settled = merge_configs(model.config, config)
    settled = merge_configs(settled, *(make(settled) for make in model.config_factories))
    return _stream(model.bound, messages, settled, **{**model.kwargs, **options})


async def _chunks(stream: AsyncIterator[AIMessage]) -> AsyncGenerator[AIMessageChunk]:
    """The parts of an answer; an answer that is none, or is garbled, is the model's fault and said as that."""
    try:
        async with aclosing(cast("AsyncGenerator[AIMessageChunk]", stream)) as parts:
            async for part in parts:
                yield part
    except NotImplementedError:
        raise
    except (ValueError, TypeError, AssertionError) as error:
        raise ModelError(f"its answer can't be read: {str(error).partition(chr(10))[0]}") from error


def _ran_out(said: AIMessage) -> bool:
    """Whether the model came to its limit of tokens in mid-sentence; the names differ between providers."""
    named = ("finish_reason", "stop_reason", "stopReason", "done_reason")
    reasons = {str(said.response_metadata.get(name)).lower() for name in named}
    return bool(reasons & {"length", "max_tokens"})
