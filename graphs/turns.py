"""One turn at a time in a thread: a second message waits until the first one is answered.

A LangGraph server queues runs of a thread by itself. Plain LangGraph does not: two runs at once start from the same
checkpoint, and the thread goes on from whichever ends last, without the other's messages.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, cast

from langchain_core.messages import AIMessageChunk
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config, merge_configs
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs._threads import Thread, find_thread
from langgraph_roleplay.nodes._speech import keep_heard
from langgraph_roleplay.state import InputState, OutputState, State

__all__ = ["TurnBuilder", "TurnGraph"]


class TurnGraph(CompiledStateGraph[State, Context, InputState, OutputState]):
    """A compiled turn that waits for its thread.

    It is the graph with the saver that orders its turns. As a node of a larger graph this one has none: the thread is
    the larger graph's, and who runs that twice at once in one thread must order the runs.
    """

    async def astream(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> AsyncIterator[Any]:
        """See `CompiledStateGraph.astream`; `ainvoke` comes through here too.

        A listener to `messages` that leaves, or is cancelled, ends the turn with what it has heard of the reply.
        """
        stream = cast("AsyncGenerator[Any]", super().astream(input, config, **options))
        place = merge_configs(self.config, config)
        thread, heard = self._thread(place), list[AIMessageChunk]()
        if thread is not None:
            stream = thread.take_turn(stream, broken_off=partial(self._keep, heard, place, options.get("context")))
        async with aclosing(stream) as parts:
            async for part in parts:
                heard += _spoken(part)
                yield part

    def _thread(self, config: RunnableConfig) -> Thread | None:
        """The thread in this graph's saver; a run that keeps nothing waits for nobody."""
        place = config.get("configurable", {})
        if not self.checkpointer or not place.get("thread_id"):
            return None
        return find_thread(self.checkpointer, str(place["thread_id"]), str(place.get("checkpoint_ns", "")))

    async def _keep(self, heard: list[AIMessageChunk], config: RunnableConfig, context: Context | None) -> None:
        """End a turn that was broken off with what was heard of it: LangGraph keeps nothing of a cancelled node."""
        if not heard or "langgraph_node" in ensure_config()["metadata"]:
            return  # nobody listened, or the turn is part of a larger graph's step, which is broken off as a whole
        config = _newest(config)
        snapshot = await self.aget_state(config)
        state = cast(State, snapshot.values)
        text = "".join(part.text for part in heard if part.id == state.get("reply_id"))
        if not text or not snapshot.tasks:
            return
        if not state.get("reply") and not state.get("verdict"):  # a deflection is short and kept whole
            await self.aupdate_state(config, keep_heard(state, text), as_node="check_reply")
        async for _ in super().astream(None, config, context=context):
            pass


def _spoken(part: Any) -> Iterator[AIMessageChunk]:
    """The piece of a message in a streamed part, whichever modes were asked for: alone, in tuples, or as `data`."""
    if isinstance(part, AIMessageChunk):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _spoken(item)
    elif isinstance(part, dict) and part.get("type") == "messages":
        yield from _spoken(part.get("data"))


def _newest(config: RunnableConfig) -> RunnableConfig:
    """Where the thread stands now, not where the turn began; the rest of `config` says whose run it is."""
    place = {name: value for name, value in config.get("configurable", {}).items() if name != "checkpoint_id"}
    return {"configurable": place, "metadata": config.get("metadata", {})}


class TurnBuilder(StateGraph[State, Context, InputState, OutputState]):
    """A builder whose graphs take one turn at a time in a thread."""

    def compile(self, *args: Any, **options: Any) -> TurnGraph:
        """See `StateGraph.compile`."""
        compiled = super().compile(*args, **options)
        # As `Pregel.copy` does it.
        return TurnGraph(**{name: part for name, part in vars(compiled).items() if name != "__orig_class__"})
