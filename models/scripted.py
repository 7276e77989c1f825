"""A chat model that says what it is told to, and embeddings without a model: for tests, ours and users'."""

import asyncio
import hashlib
import json
import math
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, NoReturn

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import Field, PrivateAttr

from langgraph_roleplay.errors import ModelError

__all__ = ["Reply", "ScriptedChatModel", "ScriptedEmbeddings"]

Reply = str | AIMessage | Exception
Script = Reply | Callable[[list[BaseMessage]], Reply]

_DIMENSION = 64


class ScriptedChatModel(BaseChatModel):
    """Answers with `replies` in order, streamed word by word.

    A reply is a text, a message (which may carry tool calls), an exception to raise, or a function of the
    messages that gives one of these. `calls` holds the messages of each call, `tools` what was last bound.
    """

    replies: list[Any]
    """What it says, in order (`Script`)."""
    loop: bool = False
    """Start again when the replies run out, instead of raising."""
    delay: float = 0.0
    """Seconds before each word."""
    calls: list[list[BaseMessage]] = Field(default_factory=list)
    tools: list[Any] = Field(default_factory=list)

    _asked: int = PrivateAttr(default=0)

    def __init__(self, replies: Sequence[Script] = (), **fields: Any) -> None:
        super().__init__(**{"replies": list(replies), **fields})

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Record `tools`; the replies decide whether one is called."""
        self.tools = list(tools)
        return self.bind(**kwargs)

    def with_structured_output(self, schema: Any = None, **kwargs: Any) -> NoReturn:
        """Not offered, so that callers take their way for plain models."""
        raise NotImplementedError("ScriptedChatModel answers in text")

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        self.calls.append(list(messages))
        if not self.replies or (self._asked >= len(self.replies) and not self.loop):
            raise ModelError(
                f"ScriptedChatModel was asked {self._asked + 1} times and has {len(self.replies)} replies; "
                "give it more, or loop=True."
            )
        script = self.replies[self._asked % len(self.replies)]
        self._asked += 1
        reply = script(messages) if callable(script) else script
        if isinstance(reply, Exception):
            raise reply
        return AIMessage(reply) if isinstance(reply, str) else reply

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._next(messages)
        await asyncio.sleep(self.delay * len(_chunks(reply)))
        return ChatResult(generations=[ChatGeneration(message=reply)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(self._next(messages)):
            time.sleep(self.delay)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in _chunks(self._next(messages)):
            if self.delay:
                await asyncio.sleep(self.delay)
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


def _chunks(reply: AIMessage) -> list[ChatGenerationChunk]:
    """The reply word by word; what is not text comes with the last word."""
    words = re.findall(r"\s*\S+|\s+$", reply.text) or [""]
    chunks = [AIMessageChunk(content=word, id=reply.id) for word in words]
    chunks[-1] = AIMessageChunk(
        content=words[-1],
        id=reply.id,
        additional_kwargs=reply.additional_kwargs,
        response_metadata=reply.response_metadata,
        usage_metadata=reply.usage_metadata,
        tool_call_chunks=[
            {
                "name": call["name"],
                "args": json.dumps(call["args"]),
                "id": call["id"],
                "index": place,
                "type": "tool_call_chunk",
            }
            for place, call in enumerate(reply.tool_calls)
        ],
        chunk_position="last",
    )
    return [ChatGenerationChunk(message=chunk) for chunk in chunks]


class ScriptedEmbeddings(Embeddings):
    """Bags of hashed words, 64 dimensions, length 1: texts that share words are near, the same in every process."""

    model = "scripted"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of 64 floats for each text."""
        return [_bag_of_words(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """One vector of 64 floats."""
        return _bag_of_words(text)


def _bag_of_words(text: str) -> list[float]:
    vector = [0.0] * _DIMENSION
    for word in re.findall(r"\w+", text.lower()):
        vector[hashlib.blake2b(word.encode(), digest_size=2).digest()[0] % _DIMENSION] += 1.0
    length = math.hypot(*vector)
    return [value / length for value in vector] if length else [1.0, *vector[1:]]
