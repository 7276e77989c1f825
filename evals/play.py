"""Hold the conversation of one case, on the real turn, with a memory that lasts as long as the case."""

import time
from dataclasses import dataclass
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph

from langgraph_roleplay.context import Context
from langgraph_roleplay.errors import RoleplayError
from langgraph_roleplay.evals.outcome import Outcome, TurnOutcome
from langgraph_roleplay.evals.suites import Case
from langgraph_roleplay.graphs.roleplay import build_turn
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.models import model_errors
from langgraph_roleplay.personas import Persona, PersonaLibrary, substitute
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.settings import Settings

__all__ = ["Stage", "play_case"]

_STEPS = 40
"""Supersteps that a turn may take."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the cases of a run share; nothing of it remembers one case in the next."""

    settings: Settings
    personas: PersonaLibrary
    embeddings: Embeddings
    model: BaseChatModel | str | None = None
    """Who answers; None means ROLEPLAY_MODEL."""


async def play_case(case: Case, persona: Persona, *, ref: str, stage: Stage) -> Outcome:
    """Say the turns of `case` to `persona` (which `ref` names), and tell what came of it.

    An error of the model or of the house ends the conversation and is told in the outcome.
    """
    context = Context(
        persona=ref, reminisce_after=0
    )  # a judge is asked about these turns, not about what comes of them
    bank = await MemoryBank.open(":memory:", embeddings=stage.embeddings)
    resources = Resources(settings=stage.settings, model=stage.model, memory=bank, personas=stage.personas)
    graph = build_turn(resources).compile(checkpointer=InMemorySaver(), name="roleplay")
    outcome = _empty(persona, context)
    try:
        for said in case.turns:
            outcome["turns"].append(await _take_turn(graph, said, thread=case.id, context=context))
    except _failures() as error:
        outcome["error"] = f"{type(error).__name__}: {error}"
    finally:
        await resources.aclose()
        await bank.close()
    return outcome


def _empty(persona: Persona, context: Context) -> Outcome:
    return {
        "persona": persona.id,
        "character": persona.display_name,
        "user": context.user_name,
        "language": persona.language,
        "minor": persona.is_minor,
        "description": substitute(persona.description, char=persona.display_name, user=context.user_name),
        "turns": [],
    }


def _failures() -> tuple[type[BaseException], ...]:
    return (RoleplayError, *model_errors())


async def _take_turn(
    graph: CompiledStateGraph[Any, Context, Any, Any], said: str, *, thread: str, context: Context
) -> TurnOutcome:
    config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": _STEPS}
    begun = time.perf_counter()
    await graph.ainvoke({"messages": [HumanMessage(said)]}, config, context=context)
    seconds = time.perf_counter() - begun
    state = (await graph.aget_state(config)).values
    verdict = state.get("verdict")
    told = [event for event in state.get("events") or [] if event["kind"] != "info"]
    return {
        "said": said,
        "reply": state["reply"],
        "faults": list((state.get("draft") or {}).get("faults") or []),
        "verdict": f"{verdict['rule']} ({verdict['stage']})" if verdict else "",
        "events": [f"{event['node']}: {event['text']}" for event in told],
        "seconds": round(seconds, 2),
    }
