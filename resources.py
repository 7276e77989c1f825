"""The composition root: builds what the nodes need from settings, late and once.

Who owns what. The process owns the settings, the personas and the policy; each event loop owns its memory bank and
its chat models, because async clients are bound to the loop that first used them; the memory folder is owned by its
owner process, which all of them share. What a host passes in beats `Context`, which beats the settings.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from langgraph_roleplay.context import Context, Thinking
from langgraph_roleplay.errors import MemoryUnavailable, PersonaError
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.models import (
    LadderMemory,
    ModelProfile,
    load_chat_model,
    load_embeddings,
    model_errors,
    profile_of,
    raise_if_blocking,
)
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.safety import Policy
from langgraph_roleplay.settings import Settings, read_settings
from langgraph_roleplay.tools import create_roll_dice_tool, create_search_memory_tool, create_tell_time_tool

__all__ = ["MEMORY_SECONDS", "Resources", "memory_errors"]

MEMORY_SECONDS = 15.0
"""How long a turn waits for its memory, embeddings included, before it goes on without."""
_PERSONA_FRESH = 1.0
"""Seconds before a persona's file is looked at again: five nodes of a turn ask for the same one."""
_RETRY_MEMORY_AFTER = 30.0
"""Seconds before a memory home that could not be opened is tried again: a turn must not wait for it each time."""


@dataclass
class _LoopResources:
    """What belongs to one event loop."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    models: dict[str, BaseChatModel] = field(default_factory=dict)
    personas: dict[str, tuple[Persona, float]] = field(default_factory=dict)
    bank: MemoryBank | None = None
    bank_error: MemoryUnavailable | None = None
    bank_tried: float = 0.0


def memory_errors() -> tuple[type[BaseException], ...]:
    """What a turn survives without its memory: a home that is gone, or an embedding model that fails."""
    return (MemoryUnavailable, OSError, TimeoutError, *model_errors())


class Resources:
    """What the nodes of one graph work with.

    Args:
        settings: default: read from the environment at first use.
        model: a chat model or `provider:model` that beats `Context.model` and the settings.
        memory: an open bank that beats the settings; it stays its giver's to close.
        personas: default: the built-in cast and the folder of the settings.
        tools: tools of the host, beside the built-in ones.
        policy: default: `Policy.default()`.
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        model: BaseChatModel | str | None = None,
        memory: MemoryBank | None = None,
        personas: PersonaLibrary | None = None,
        tools: Sequence[BaseTool] = (),
        policy: Policy | None = None,
    ) -> None:
        self._settings = settings
        self._model = model
        self._memory = memory
        self._personas = personas
        self.tools: tuple[BaseTool, ...] = (
            create_roll_dice_tool(),
            create_tell_time_tool(),
            create_search_memory_tool(memory=self.memory),
            *tools,
        )
        self.policy = policy or Policy.default()
        self.ladder = LadderMemory()
        self.toolless: set[str] = set()
        """Models that have refused tools, by name: they are not offered any again."""
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopResources] = WeakKeyDictionary()

    @property
    def settings(self) -> Settings:
        """The settings, read at first use."""
        if self._settings is None:
            self._settings = read_settings()
        return self._settings

    def profile(self, context: Context) -> ModelProfile:
        """What the turn's chat model is good for."""
        return ModelProfile() if isinstance(self._model, BaseChatModel) else profile_of(self._spec(context))

    def thinking(self, context: Context) -> Thinking:
        """The thinking dial with `auto` resolved by the model at hand."""
        return self.profile(context).thinking if context.thinking == "auto" else context.thinking

    async def persona(self, context: Context) -> Persona:
        """The persona of the turn.

        Raises:
            PersonaError: it is unknown or broken.
        """
        if self._personas is None:
            # A client may choose the persona; it must not read files of this machine by that.
            self._personas = PersonaLibrary(self.settings.personas, allow_paths=False)
        own, now = self._own(), time.monotonic()
        known = own.personas.get(context.persona)
        if known is None or now - known[1] > _PERSONA_FRESH:
            try:
                known = await asyncio.to_thread(self._personas.get, context.persona), now
            except PersonaError:
                if known is None:
                    raise
                # Its file was broken or removed while it speaks: what has been said of the reply is not lost to that.
                known = known[0], now
            own.personas[context.persona] = known
        return known[0]

    def price(self, context: Context) -> tuple[float, float] | None:
        """Dollars per million input and output tokens of the turn's model; None where nobody has said it."""
        return (0.0, 0.0) if self.profile(context).embedded else self.settings.token_price

    async def chat_model(self, context: Context) -> BaseChatModel:
        """The turn's chat model, loaded once per event loop.

        Raises:
            ModelError: it can't be loaded.
        """
        return self._model if isinstance(self._model, BaseChatModel) else await self._load(self._spec(context))

    async def fallback_model(self, context: Context) -> BaseChatModel | None:
        """The model that is asked when the turn's model fails; None where none is named.

        Raises:
            ModelError: it can't be loaded.
        """
        spec = context.fallback_model or self.settings.fallback_model
        return await self._load(spec) if spec else None

    async def _load(self, spec: str) -> BaseChatModel:
        own = self._own()
        async with own.lock:
            if spec not in own.models:
                own.models[spec] = await asyncio.to_thread(load_chat_model, spec, settings=self.settings)
        return own.models[spec]

    async def memory(self) -> MemoryBank:
        """The memory bank, opened once per event loop.

        Raises:
            MemoryUnavailable: its home can't be opened, or the embedding model not be loaded; tried again only
                after a while.
        """
        if self._memory is not None:
            return self._memory
        own = self._own()
        async with own.lock:
            if own.bank is None:
                own.bank = await self._open_bank(own)
        return own.bank

    async def aclose(self) -> None:
        """Close what this event loop opened."""
        own = self._loops.pop(asyncio.get_running_loop(), None)
        if own is not None and own.bank is not None:
            await own.bank.close()

    async def _open_bank(self, own: _LoopResources) -> MemoryBank:
        if own.bank_error is not None and time.monotonic() - own.bank_tried < _RETRY_MEMORY_AFTER:
            raise own.bank_error
        settings = self.settings
        key = settings.qdrant_api_key
        try:
            embeddings = await asyncio.to_thread(load_embeddings, settings.embeddings, settings=settings)
            return await MemoryBank.open(
                settings.memory, embeddings=embeddings, api_key=key.get_secret_value() if key else None
            )
        except memory_errors() as error:
            raise_if_blocking(error)
            own.bank_error, own.bank_tried = MemoryUnavailable(str(error)), time.monotonic()
            raise own.bank_error from error

    def _own(self) -> _LoopResources:
        for loop in [loop for loop in self._loops if loop.is_closed()]:
            del self._loops[loop]  # its clients hold it, so it would never go by itself
        return self._loops.setdefault(asyncio.get_running_loop(), _LoopResources())

    def _spec(self, context: Context) -> str:
        return self._model if isinstance(self._model, str) else context.model or self.settings.model
