"""reminisce: what is made of turns when nobody waits: facts, reflections, summaries; as a drawing."""

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.nodes._reminiscence import Reminiscence, ReminiscenceInput, ReminiscenceOutput
from langgraph_roleplay.nodes.admit import admit, route_after_admit
from langgraph_roleplay.nodes.distill import PAUSES, distill, route_after_distill
from langgraph_roleplay.nodes.gather_turns import gather_turns, route_after_gather_turns
from langgraph_roleplay.nodes.record_run import record_run
from langgraph_roleplay.nodes.reflect_on import reflect_on
from langgraph_roleplay.nodes.summarize import summarize
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.safety import Policy

__all__ = [
    "ReminisceBuilder",
    "ReminisceGraph",
    "build_reminisce",
    "builder",
    "create_reminisce_builder",
    "graph",
    "run_reminisce",
]

ReminisceBuilder: TypeAlias = StateGraph[Reminiscence, Context, ReminiscenceInput, ReminiscenceOutput]
ReminisceGraph: TypeAlias = CompiledStateGraph[Reminiscence, Context, ReminiscenceInput, ReminiscenceOutput]
_CONFIG: RunnableConfig = {
    "recursion_limit": 60,  # eight batches of at most three attempts, and what comes after them
    "run_name": "reminisce",
    "tags": ["reminisce"],
}


def create_reminisce_builder(
    *, model: BaseChatModel | str | None = None, memory: MemoryBank | None = None, policy: Policy | None = None
) -> ReminisceBuilder:
    """The builder, for those who bring their own parts; what is passed beats `Context`, which beats the settings.

    Args:
        model: a chat model or `provider:model`.
        memory: an open bank; it stays yours to close.
        policy: what may be believed.
    """
    return build_reminisce(Resources(model=model, memory=memory, policy=policy))


def build_reminisce(resources: Resources, *, pauses: Sequence[float] | None = None) -> ReminisceBuilder:
    """Draw it around `resources`; `pauses` are the seconds before each further attempt at a batch."""
    pauses = PAUSES if pauses is None else pauses
    drawing = ReminisceBuilder(
        Reminiscence, context_schema=Context, input_schema=ReminiscenceInput, output_schema=ReminiscenceOutput
    )
    distilling = partial(distill, resources=resources, pauses=pauses)
    drawing.add_node("gather_turns", partial(gather_turns, resources=resources), metadata={"stage": "memory"})
    drawing.add_node("distill", distilling, metadata={"stage": "consolidation"})
    drawing.add_node("admit", partial(admit, resources=resources), metadata={"stage": "safety"})
    drawing.add_node("reflect_on", partial(reflect_on, resources=resources), metadata={"stage": "reflection"})
    drawing.add_node("summarize", partial(summarize, resources=resources), metadata={"stage": "consolidation"})
    drawing.add_node("record_run", partial(record_run, resources=resources), metadata={"stage": "memory"})

    drawing.add_edge(START, "gather_turns")
    drawing.add_conditional_edges("gather_turns", route_after_gather_turns)
    drawing.add_conditional_edges("distill", route_after_distill)
    drawing.add_conditional_edges("admit", route_after_admit)
    drawing.add_edge("reflect_on", "summarize")
    drawing.add_edge("summarize", "record_run")
    drawing.add_edge("record_run", END)
    return drawing


async def run_reminisce(resources: Resources, *, user: str, character: str, context: Context) -> str:
    """Run it for a user and a character; gives why it failed, or nothing."""
    compiled = build_reminisce(resources).compile(name="reminisce")
    done = await compiled.ainvoke({"user": user, "character": character}, _CONFIG, context=context)
    return str(done["failure"])


builder = create_reminisce_builder()
graph = builder.compile(name="reminisce").with_config(_CONFIG)
