"""One turn at a time in a thread: a second message waits until the first one is answered.

A LangGraph server queues runs of a thread by itself. Plain LangGraph does not: two runs at once start from the same
checkpoint, and the thread goes on from whichever ends last, without the other's messages.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakValueDictionary

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import merge_configs
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph

from langgraph_roleplay.context import Context
from langgraph_roleplay.state import InputState, OutputState, State
from langgraph_roleplay.tracing import guard_traces

__all__ = ["TurnBuilder", "TurnGraph"]

_Locks = WeakValueDictionary[tuple[int, str, str], asyncio.Lock]
_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, _Locks] = WeakKeyDictionary()


class TurnGraph(CompiledStateGraph[State, Context, InputState, OutputState]):
    """A compiled turn that waits for its thread."""

    async def astream(self, input: Any, config: RunnableConfig | None = None, **options: Any) -> AsyncIterator[Any]:
        """See `CompiledStateGraph.astream`; `ainvoke` comes through here too."""
        guard_traces()
        async with self._lock(merge_configs(self.config, config)):
            stream = cast("AsyncGenerator[Any]", super().astream(input, config, **options))
            async with aclosing(stream) as parts:
                async for part in parts:
                    yield part

    def _lock(self, config: RunnableConfig) -> asyncio.Lock:
        """The lock of the thread in this graph's saver; a run that keeps nothing waits for nobody."""
        place = config.get("configurable", {})
        if not self.checkpointer or not place.get("thread_id"):
            return asyncio.Lock()
        locks = _locks.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
        key = (id(self.checkpointer), str(place["thread_id"]), str(place.get("checkpoint_ns", "")))
        return locks.setdefault(key, asyncio.Lock())


class TurnBuilder(StateGraph[State, Context, InputState, OutputState]):
    """A builder whose graphs take one turn at a time in a thread."""

    def compile(self, *args: Any, **options: Any) -> TurnGraph:
        """See `StateGraph.compile`."""
        compiled = super().compile(*args, **options)
        # As `Pregel.copy` does it.
        return TurnGraph(**{name: part for name, part in vars(compiled).items() if name != "__orig_class__"})
