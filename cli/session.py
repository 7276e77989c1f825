"""Open what one conversation needs, and close it again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from langgraph_roleplay.cli.alone import alone_in
from langgraph_roleplay.cli.conversation import Conversation
from langgraph_roleplay.cli.opening import Opening
from langgraph_roleplay.cli.saver import open_threads
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.models import model_errors, warm_prefix
from langgraph_roleplay.nodes._prompting import stable_prefix
from langgraph_roleplay.personas import PersonaLibrary
from langgraph_roleplay.resources import Resources, memory_errors
from langgraph_roleplay.settings import Settings

__all__ = ["open_conversation"]


@asynccontextmanager
async def open_conversation(
    opening: Opening, *, settings: Settings, tell: Callable[[str], object]
) -> AsyncIterator[Conversation]:
    """Open the thread and the graph; model and memory are opened in the background.

    Args:
        opening: what it starts from.
        settings: where everything is.
        tell: told what is being waited for.

    Raises:
        SettingsError: the conversations can't be opened.
    """
    resources = Resources(settings=settings, personas=PersonaLibrary(settings.cast))
    async with open_threads(settings.threads) as saver:
        graph = build_turn(resources).compile(checkpointer=saver, name="roleplay")
        conversation = Conversation(
            graph,
            saver=saver,
            thread=opening.thread,
            context=opening.context,
            resources=resources,
            notes=opening.notes(),
            alone=partial(alone_in, opening.thread, folder=settings.home / "locks", tell=tell),
        )
        conversation.ready = asyncio.create_task(_warm_up(conversation))
        try:
            yield conversation
        finally:
            conversation.ready.cancel()
            await asyncio.gather(conversation.ready, return_exceptions=True)
            await resources.aclose()


async def _warm_up(conversation: Conversation) -> None:
    """Open the memory, load the model, and let an embedded one read the part of the prompt that never changes.

    Memory that is off is left for the turn to tell; a model that can't be loaded is an error at once.

    Raises:
        ModelError: the model can't be loaded.
    """
    await asyncio.gather(_open_memory(conversation.resources), _read_prefix(conversation))


async def _open_memory(resources: Resources) -> None:
    with suppress(*memory_errors()):
        await resources.memory()


async def _read_prefix(conversation: Conversation) -> None:
    resources, context = conversation.resources, conversation.context
    model = await resources.chat_model(context)
    prefix = await stable_prefix(context, resources=resources, thread=conversation.thread)
    with suppress(*model_errors()):
        await warm_prefix(model, prefix)
