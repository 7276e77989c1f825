"""roleplay: one turn of one character, as a drawing."""

from collections.abc import Sequence
from functools import partial

from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.graph import END, START

from langgraph_roleplay.context import Context
from langgraph_roleplay.graphs.reminisce import run_reminisce
from langgraph_roleplay.graphs.turns import TurnBuilder
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.nodes.check_input import check_input, route_after_check_input
from langgraph_roleplay.nodes.check_reply import check_reply, route_after_check_reply
from langgraph_roleplay.nodes.deflect import deflect
from langgraph_roleplay.nodes.plan import plan
from langgraph_roleplay.nodes.recall_memory import recall_memory
from langgraph_roleplay.nodes.reflect import reflect, route_after_reflect
from langgraph_roleplay.nodes.remember import remember
from langgraph_roleplay.nodes.respond import respond, route_after_respond
from langgraph_roleplay.nodes.retrieve_persona import retrieve_persona
from langgraph_roleplay.nodes.use_tools import use_tools
from langgraph_roleplay.personas import PersonaLibrary
from langgraph_roleplay.personas.finding import Library
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.safety import Policy
from langgraph_roleplay.state import InputState, OutputState, State

__all__ = ["build_turn", "builder", "create_roleplay_builder", "graph"]

_STEPS = 40
"""Supersteps that a turn may take; LangGraph's own default would not catch a runaway loop."""


def create_roleplay_builder(
    *,
    model: BaseChatModel | str | None = None,
    memory: MemoryBank | None = None,
    personas: PersonaLibrary | None = None,
    library: Library | None = None,
    tools: Sequence[BaseTool] = (),
    policy: Policy | None = None,
) -> TurnBuilder:
    """The turn's builder, for those who bring their own parts; compile it with your own saver.

    What is passed here beats `Context`, which beats the settings.

    LangSmith, where it is switched on, is told nothing that a user says in a crisis, by your graph around the turn
    neither. If you make a LangSmith client of your own, or trace before you import this, see to that yourself:
    `langsmith.configure(client=Client(anonymizer=withhold_crisis))`.

    Args:
        model: a chat model or `provider:model`.
        memory: an open bank; it stays yours to close.
        personas: where personas are looked up.
        library: documents of the characters; it stays yours to close.
        tools: what the character can do beside the built-in tools.
        policy: what may be said and believed.
    """
    return build_turn(
        Resources(model=model, memory=memory, personas=personas, library=library, tools=tools, policy=policy)
    )


def build_turn(resources: Resources) -> TurnBuilder:
    """Draw the turn around `resources`."""
    turn = TurnBuilder(State, context_schema=Context, input_schema=InputState, output_schema=OutputState)
    turn.add_node("check_input", partial(check_input, resources=resources), metadata={"stage": "safety"})
    turn.add_node("retrieve_persona", partial(retrieve_persona, resources=resources), metadata={"stage": "retrieval"})
    turn.add_node("recall_memory", partial(recall_memory, resources=resources), metadata={"stage": "memory"})
    turn.add_node("plan", partial(plan, resources=resources), metadata={"stage": "planning"})
    turn.add_node("respond", partial(respond, resources=resources), metadata={"stage": "action"})
    turn.add_node("use_tools", partial(use_tools, resources=resources), metadata={"stage": "action"})
    turn.add_node("reflect", partial(reflect, resources=resources), metadata={"stage": "reflection"})
    turn.add_node("check_reply", partial(check_reply, resources=resources), metadata={"stage": "safety"})
    turn.add_node("deflect", partial(deflect, resources=resources), metadata={"stage": "safety"})
    remembering = partial(remember, resources=resources, reminisce=partial(run_reminisce, resources))
    turn.add_node("remember", remembering, metadata={"stage": "memory"})

    turn.add_edge(START, "check_input")
    turn.add_conditional_edges("check_input", route_after_check_input, ["retrieve_persona", "recall_memory", "deflect"])
    turn.add_edge("retrieve_persona", "plan")
    turn.add_edge("recall_memory", "plan")
    turn.add_edge("plan", "respond")
    turn.add_conditional_edges("respond", route_after_respond)
    turn.add_edge("use_tools", "respond")
    turn.add_conditional_edges("reflect", route_after_reflect)
    turn.add_conditional_edges("check_reply", route_after_check_reply)
    turn.add_edge("deflect", "remember")
    turn.add_edge("remember", END)
    return turn


builder = create_roleplay_builder()
graph = builder.compile(name="roleplay").with_config(recursion_limit=_STEPS, run_name="roleplay", tags=["roleplay"])
