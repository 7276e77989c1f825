"""A conversation that is kept: talk, redo, take back, carry on. It knows nothing of terminals."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from langgraph.constants import START
from langgraph.graph.state import CompiledStateGraph

from langgraph_roleplay.cli.failures import Fatal
from langgraph_roleplay.cli.greeting import greeting_of
from langgraph_roleplay.cli.transcript import Said, Transcript
from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.memory import Scope, branch_keys
from langgraph_roleplay.memory.keeping.letters import Letter
from langgraph_roleplay.resources import MEMORY_SECONDS, Resources
from langgraph_roleplay.state import InputState, OutputState, State

__all__ = ["Conversation", "NothingSaid"]

_STEPS = 40
_Run = tuple[dict[str, Any] | None, RunnableConfig]


class NothingSaid(RoleplayError):
    """There is no message yet that could be redone, taken back or carried on."""


class Conversation:
    """One thread of a graph.

    The generators give the reply as it is released. Who closes one before its end, or is cancelled while listening,
    breaks the reply off: what was given until then is kept as the reply.

    Args:
        graph: compiled with `saver`.
        saver: keeps the thread.
        thread: the thread's id.
        context: the turn's knobs.
        resources: those that the graph was built around.
        notes: plain facts that each checkpoint and trace of the thread carries.
        alone: holds the thread for one act among all processes.
    """

    def __init__(
        self,
        graph: CompiledStateGraph[State, Context, InputState, OutputState],
        *,
        saver: BaseCheckpointSaver[str],
        thread: str,
        context: Context,
        resources: Resources,
        notes: Mapping[str, str | int | float] | None = None,
        alone: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        self._graph = graph
        self._saver = saver
        self.resources = resources
        self.thread = thread
        self.context = context
        self.ready: asyncio.Future[None] | None = None
        """What the first reply waits for, once the message it answers is kept."""
        self._notes = dict(notes or {})
        self._alone = alone

    def say(self, text: str) -> AsyncGenerator[str]:
        """Say `text` and hear the reply."""
        return self._reply(self._ask(text))

    def swipe(self) -> AsyncGenerator[str]:
        """Redo the reply to the last message, or answer it if it has none."""
        return self._reply(self._ask_again())

    def carry_on(self) -> AsyncGenerator[str]:
        """Let the character go on with its last reply; a message without a reply is answered."""
        return self._reply(self._ask_for_more())

    def edit(self, text: str) -> AsyncGenerator[str]:
        """Say `text` in place of the last message."""
        return self._reply(self._ask_instead(text))

    async def keep(self, text: str) -> None:
        """Say `text` without waiting for the reply, which `swipe` brings."""
        async with self._alone():
            await self._store(*await self._ask(text))

    async def undo(self) -> list[AnyMessage]:
        """Take back the last message with all that followed it; returns what was taken back."""
        async with self._alone():
            return await self._take_back()

    async def _take_back(self) -> list[AnyMessage]:
        before = await self.history()
        asked = await self._last_asked()
        if asked.parent_config is None:
            raise NothingSaid("The first message of this thread can't be taken back.")
        await self._graph.aupdate_state(await self._config(asked.parent_config), None, as_node="__copy__")
        kept = await self.history()
        await self._forget_beyond(kept)
        return before[len(kept) :]

    async def history(self) -> list[AnyMessage]:
        """The messages, oldest first."""
        return (await self.why()).get("messages") or []

    async def export(self) -> Transcript:
        """The conversation on paper, with the greeting that it began with."""
        persona, user = await self.resources.persona(self.context), self.context.user_name
        greeting = greeting_of(persona, self.context, thread=self.thread)
        said = [Said("character", persona.display_name, greeting)] if greeting else []
        for message in await self.history():
            human = message.type == "human"
            said.append(
                Said("user", user, message.text) if human else Said("character", persona.display_name, message.text)
            )
        return Transcript(thread=self.thread, persona=persona.id, said=said)

    async def why(self) -> State:
        """The state as the last turn left it: plan, memories, lore, checks, events, prompt report."""
        snapshot = await self._graph.aget_state(await self._config())
        return cast(State, snapshot.values)

    async def _ask(self, text: str) -> _Run:
        await self._begin()
        # A lone surrogate, as an invalid byte on a terminal becomes one, can't be stored.
        message = HumanMessage(text.encode(errors="replace").decode(), id=str(uuid.uuid4()))
        return {"messages": [message]}, await self._config()

    async def _ask_again(self) -> _Run:
        return None, await self._config((await self._last_asked()).config)

    async def _ask_for_more(self) -> _Run:
        messages = await self.history()
        if messages and isinstance(messages[-1], AIMessage):
            return {"messages": []}, await self._config()
        return await self._ask_again()

    async def _ask_instead(self, text: str) -> _Run:
        await self._take_back()
        return await self._ask(text)

    async def _begin(self) -> None:
        """Give a new thread its root, so that even its first turn can be taken back."""
        config = await self._config()
        if await self._saver.aget_tuple(config) is None:
            persona = await self.resources.persona(self.context)
            note = {"id": persona.id, "name": persona.display_name, "hash": persona.hash}
            await self._graph.aupdate_state(config, {"persona": note}, as_node="remember")

    async def _store(self, given: dict[str, Any] | None, config: RunnableConfig) -> None:
        """Take a message into the thread and stop before its turn."""
        await self._graph.ainvoke(cast(Any, given), config, context=self.context, interrupt_before="*")

    async def _made_ready(self, given: dict[str, Any] | None, config: RunnableConfig) -> _Run:
        """Wait until the model can be asked, with the message in safety; gives what is left to run."""
        if self.ready is None:
            return given, config
        if given and given["messages"] and not self.ready.done():
            await self._store(given, config)
            given = None
        try:
            await asyncio.shield(self.ready)
        except RoleplayError as error:
            raise Fatal(str(error)) from error
        return given, config

    async def _reply(self, asking: Coroutine[Any, Any, _Run]) -> AsyncGenerator[str]:
        try:
            async with self._alone(), aclosing(self._parts(*await self._made_ready(*await asking))) as parts:
                async for part in parts:
                    yield part.text
        finally:
            asking.close()  # who was cancelled while waiting for the thread never asked

    async def _parts(self, given: dict[str, Any] | None, config: RunnableConfig) -> AsyncGenerator[AIMessageChunk]:
        """The released parts; the whole message after them is no news. The graph keeps what who leaves has heard."""
        run = self._graph.astream(cast(Any, given), config, context=self.context, stream_mode="messages")
        async with aclosing(cast("Any", run)) as stream:
            async for message, _ in stream:
                if isinstance(message, AIMessageChunk) and message.text:
                    yield message

    async def _last_asked(self) -> CheckpointTuple:
        """The checkpoint at which the last message of the user came in, on the branch that stands."""
        asked = await self._saver.aget_tuple(await self._config())
        while asked is not None:
            # The input itself; that of a reply carried on brings no message.
            given = asked.checkpoint["channel_values"].get(START)
            if asked.metadata.get("source") == "input" and given and given["messages"]:
                return asked
            asked = await self._saver.aget_tuple(asked.parent_config) if asked.parent_config else None
        raise NothingSaid("You have not said anything yet in this conversation.")

    async def _forget_beyond(self, kept: list[AnyMessage]) -> None:
        """Hide what was taken back from other conversations' recall, as soon as the memory is there."""
        persona = await self.resources.persona(self.context)
        values = (await self._graph.aget_state(await self._config())).values
        branch = branch_keys(kept, known=values.get("branch") or ())
        scope = Scope(character=persona.id, user=self.context.user_name, thread=self.thread, branch=branch)
        await self.resources.keeper.keep(Letter(scope=scope, turn=1), seconds=MEMORY_SECONDS)

    async def _config(self, at: RunnableConfig | None = None) -> RunnableConfig:
        persona = await self.resources.persona(self.context)
        facts = {"thread_id": self.thread, "persona": persona.id, "persona_hash": persona.hash, "surface": "cli"}
        place = at["configurable"] if at else {"thread_id": self.thread}
        return {
            "configurable": place,
            "recursion_limit": _STEPS,
            "run_name": "roleplay",
            "tags": ["roleplay", "cli"],
            "metadata": {**facts, **self._notes},
        }
