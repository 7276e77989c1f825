"""deflect: answer without answering, in one of three ways: in character, as narrator, or out of character."""

from typing import Any

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.nodes._speech import lead_of, release_text, spoken_message
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.safety import deflection
from langgraph_roleplay.state import State
from langgraph_roleplay.tracing import annotate_run
from langgraph_roleplay.turn import context_of, note_event, turn_number

__all__ = ["deflect"]


async def deflect(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Say what stands in for the reply; what was already said of it stays, because it can't be taken back."""
    context = context_of(runtime)
    persona = await resources.persona(context)
    verdict = state.get("verdict")
    if verdict is None:
        raise ValueError("`deflect` needs a verdict: route to it only when a check has set one")
    annotate_run(persona=persona.id, persona_hash=persona.hash, deflected=verdict["rule"])
    said = "" if state["draft"]["held"] else state["draft"]["text"]
    words = deflection(
        verdict["way"],
        rule=verdict["rule"],
        language=persona.language if context.language == "auto" else context.language,
        char=persona.display_name,
        own=persona.deflections,
        turn=turn_number(state),
    )
    reply = f"{said}\n\n{words}" if said else lead_of(state) + words
    release_text(reply[len(said) :], reply_id=state["reply_id"])
    return {
        "persona": {"id": persona.id, "name": persona.display_name, "hash": persona.hash},
        "reply": reply.strip(),
        "messages": spoken_message(state, reply),
        "events": note_event("deflect", f"{verdict['rule']}, {verdict['way']}"),
    }
