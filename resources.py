"""The composition root: builds what the nodes need from settings, late and once.

Who owns what. The process owns the settings, the personas and the policy; each event loop owns its memory bank and
its chat models, because async clients are bound to the loop that first used them; the memory folder is owned by its
owner process, which all of them share. What a host passes in beats `Context`, which beats the settings.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from weakref import WeakKeyDictionary

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool

from langgraph_roleplay.casting import Casting
from langgraph_roleplay.context import Context, Thinking
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.memory.keeping.chores import do_chores
from langgraph_roleplay.memory.keeping.keeper import Keeper
from langgraph_roleplay.memory.keeping.limits import Limits
from langgraph_roleplay.memory.keeping.outbox import Outbox
from langgraph_roleplay.models import (
    LadderMemory,
    ModelProfile,
    load_chat_model,
    load_embeddings,
    model_errors,
    profile_of,
)
from langgraph_roleplay.opened import Opened
from langgraph_roleplay.personas import Persona, PersonaLibrary
from langgraph_roleplay.personas.finding import Library
from langgraph_roleplay.personas.lore import Lore
from langgraph_roleplay.reminiscing import Reminiscing
from langgraph_roleplay.safety import Policy
from langgraph_roleplay.settings import Settings, read_settings
from langgraph_roleplay.tools import create_roll_dice_tool, create_search_memory_tool, create_tell_time_tool
from langgraph_roleplay.tracing import guard_traces

__all__ = ["MEMORY_SECONDS", "ModelChoice", "Resources", "memory_errors"]

_logger = logging.getLogger(__name__)
MEMORY_SECONDS = 15.0
"""How long a turn waits for its memory, embeddings included, before it goes on without."""
_REMINISCE_AFTER = 10
_CHORES_EVERY = 3600.0
"""Seconds after which it is looked again at what is due: a server that stays up has to delete what is too old, too."""


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """A chat model that a turn may ask, and what is known of it before it is loaded."""

    profile: ModelProfile
    price: tuple[float, float] | None
    """Dollars per million input and output tokens; None where nobody has said it."""
    load: Callable[[], Awaitable[BaseChatModel]]
    """Raises `ModelError` where it can't be loaded."""


@dataclass
class _LoopResources:
    """What belongs to one event loop."""

    bank: Opened[MemoryBank]
    library: Opened[Library]
    models: dict[str, asyncio.Task[BaseChatModel]] = field(default_factory=dict)
    reminiscing: Reminiscing = field(default_factory=Reminiscing)
    keeper: Keeper | None = None
    chores: asyncio.Task[None] | None = None
    chores_begun: float = 0.0


def memory_errors() -> tuple[type[BaseException], ...]:
    """What a turn survives without its memory: a home that is gone, or an embedding model that fails."""
    return (MemoryUnavailable, OSError, TimeoutError, *model_errors())


def _forget_failure(
    models: dict[str, asyncio.Task[BaseChatModel]], spec: str, loading: asyncio.Task[BaseChatModel]
) -> None:
    """A model that could not be loaded is tried again by the next turn."""
    if loading.cancelled() or loading.exception() is not None:
        models.pop(spec, None)


class Resources:
    """What the nodes of one graph work with.

    Args:
        settings: default: read from the environment at first use.
        model: a chat model or `provider:model` that beats `Context.model` and the settings.
        memory: an open bank that beats the settings; it stays its giver's to close.
        outbox: where waits what the bank can't take; default: in `home`, for a bank that keeps anything.
        personas: default: the built-in cast and the folder of the settings.
        library: documents of the characters; default: that of the settings. It stays its giver's to close.
        tools: tools of the host, beside the built-in ones.
        policy: default: `Policy.default()`.
    """

    def __init__(
        self,
        *,
        settings: Settings | None = None,
        model: BaseChatModel | str | None = None,
        memory: MemoryBank | None = None,
        outbox: Outbox | None = None,
        personas: PersonaLibrary | None = None,
        library: Library | None = None,
        tools: Sequence[BaseTool] = (),
        policy: Policy | None = None,
    ) -> None:
        guard_traces()  # here, because nothing of ours runs without resources
        self._settings = settings
        self._model = model
        self._memory = memory
        self._library = library
        self._outbox = outbox
        self._casting = Casting(lambda: self.settings, personas=personas)
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

    def reminisce_after(self, context: Context) -> int:
        """Turns after which what was said is distilled; 0 for never.

        Off on the embedded model unless asked for: it takes minutes of the processor that the next turn needs, and
        next to nothing of what it writes gets past the gate.
        """
        if context.reminisce_after is not None:
            return context.reminisce_after
        return 0 if self.profile(context).embedded else _REMINISCE_AFTER

    @property
    def reminiscing(self) -> Reminiscing:
        """The distilling beside the turns of this event loop."""
        return self._own().reminiscing

    def thinking(self, context: Context) -> Thinking:
        """The thinking dial with `auto` resolved by the model at hand."""
        return self.profile(context).thinking if context.thinking == "auto" else context.thinking

    async def persona(self, context: Context) -> Persona:
        """The persona of the turn.

        Raises:
            PersonaError: it is unknown or broken.
        """
        return (await self._casting.part(context)).persona

    async def lore(self, context: Context) -> Lore:
        """The lore of the turn's character, compiled.

        Raises:
            PersonaError: the persona or a lorebook is unknown or broken.
        """
        return (await self._casting.part(context)).lore

    async def trusts(self, context: Context) -> bool:
        """Whether the card of the turn's character may give instructions.

        Raises:
            PersonaError: the persona is unknown or broken.
        """
        return (await self._casting.part(context)).trusted

    def first_choice(self, context: Context) -> ModelChoice:
        """The turn's chat model."""
        profile = self.profile(context)
        price = (0.0, 0.0) if profile.embedded else self.settings.token_price
        return ModelChoice(profile=profile, price=price, load=partial(self.chat_model, context))

    def fallback_choice(self, context: Context) -> ModelChoice | None:
        """The model that is asked when the turn's model fails; None where none is named.

        Raises:
            ModelError: its name is not `provider:model`.
        """
        spec = context.fallback_model or self.settings.fallback_model
        if not spec:
            return None
        profile = profile_of(spec)
        price = (0.0, 0.0) if profile.embedded else self.settings.fallback_token_price
        return ModelChoice(profile=profile, price=price, load=partial(self._load, spec))

    async def chat_model(self, context: Context) -> BaseChatModel:
        """The turn's chat model, loaded once per event loop.

        Raises:
            ModelError: it can't be loaded.
        """
        return self._model if isinstance(self._model, BaseChatModel) else await self._load(self._spec(context))

    async def _load(self, spec: str) -> BaseChatModel:
        models = self._own().models
        if spec not in models:
            loading = asyncio.to_thread(load_chat_model, spec, settings=self.settings)
            models[spec] = asyncio.create_task(loading, name=f"load {spec}")
            models[spec].add_done_callback(partial(_forget_failure, models, spec))
        # A turn that gives up waiting must not have the next one start the same model, or download it, once more.
        return await asyncio.shield(models[spec])

    async def memory(self) -> MemoryBank:
        """The memory bank, opened once per event loop.

        Raises:
            MemoryUnavailable: its home can't be opened, or the embedding model not be loaded; tried again only
                after a while.
        """
        if self._memory is not None:
            return self._memory
        own = self._own()
        bank = await own.bank.get()
        self._do_chores_in_time(own, bank)
        return bank

    async def library(self, *, make: bool = False) -> Library | None:
        """What stands behind the characters, opened once per event loop; None while nothing was put into it.

        Args:
            make: make one if there is none.

        Raises:
            MemoryUnavailable: its home can't be opened, or the embedding model not be loaded; tried again only
                after a while.
        """
        if self._library is not None:
            return self._library
        opened = self._own().library
        return await opened.get() if make or await opened.exists() else None

    def _do_chores_in_time(self, own: _LoopResources, bank: MemoryBank) -> None:
        now = time.monotonic()
        if own.chores is None or (own.chores.done() and now - own.chores_begun > _CHORES_EVERY):
            own.chores_begun = now
            own.chores = asyncio.create_task(self._chores(bank), name="chores of the memory")

    async def aclose(self) -> None:
        """Close what this event loop opened."""
        own = self._loops.get(asyncio.get_running_loop())
        if own is None:
            return
        await own.reminiscing.close()  # while what it works with is still open
        del self._loops[asyncio.get_running_loop()]
        if own.keeper is not None:
            await own.keeper.close()
        if own.chores is not None:
            own.chores.cancel()
            await asyncio.gather(own.chores, return_exceptions=True)
        for opened in (own.bank, own.library):
            if opened.value is not None:
                await opened.value.close()

    @property
    def keeper(self) -> Keeper:
        """What turns hand to the bank goes through it."""
        own = self._own()
        if own.keeper is None:
            own.keeper = Keeper(bank=self.memory, outbox=self.outbox, faults=memory_errors)
        return own.keeper

    @property
    def outbox(self) -> Outbox | None:
        """Where waits what the bank can't take; None for a bank that keeps nothing anyway."""
        location = self.settings.memory if self._memory is None else self._memory.location
        if self._outbox is None and location not in ("", ":memory:"):
            self._outbox = Outbox(self.settings.outbox, location=location)
        return self._outbox

    async def chores_done(self) -> None:
        """Wait for what is due when a bank was opened: letters that wait, memories that are too old."""
        if (chores := self._own().chores) is not None:
            await asyncio.shield(chores)

    async def _chores(self, bank: MemoryBank) -> None:
        try:
            await do_chores(bank, outbox=self.outbox, settings=self.settings)
        except memory_errors() as error:  # they are due again an hour later
            _logger.warning("what was due in the memory was not done: %s", error)

    async def _open_bank(self) -> MemoryBank:
        settings = self.settings
        limits = Limits(settings.memory_limit, settings.memory_limit_mb * 10**6)
        embeddings = await self._embeddings()
        return await MemoryBank.open(settings.memory, embeddings=embeddings, api_key=settings.qdrant_key, limits=limits)

    async def _open_library(self) -> Library:
        embeddings = await self._embeddings()
        return await Library.open(self.settings.library, embeddings=embeddings, api_key=self.settings.qdrant_key)

    async def _library_exists(self) -> bool:
        return await Library.exists(self.settings.library, api_key=self.settings.qdrant_key)

    async def _embeddings(self) -> Embeddings:
        return await asyncio.to_thread(load_embeddings, self.settings.embeddings, settings=self.settings)

    def _own(self) -> _LoopResources:
        for loop in [loop for loop in self._loops if loop.is_closed()]:
            del self._loops[loop]  # its clients hold it, so it would never go by itself
        running = asyncio.get_running_loop()
        if running not in self._loops:
            self._loops[running] = _LoopResources(
                bank=Opened(self._open_bank, faults=memory_errors),
                library=Opened(self._open_library, faults=memory_errors, there=self._library_exists),
            )
        return self._loops[running]

    def _spec(self, context: Context) -> str:
        return self._model if isinstance(self._model, str) else context.model or self.settings.model
