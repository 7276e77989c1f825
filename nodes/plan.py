"""plan: decide what the character is up to before a word is said."""

from typing import Any

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field

from langgraph_roleplay.context import Context
from langgraph_roleplay.nodes._prompting import ask_of_scene
from langgraph_roleplay.nodes._scene import gather_scene
from langgraph_roleplay.prompts import render
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.state import PlanNote, State
from langgraph_roleplay.turn import context_of, note_event, user_message

__all__ = ["Plan", "plan"]

_FIELD_LENGTH = 200
_QUESTION_MARKS = ("?", "？")


class Plan(BaseModel):
    """The plan of one reply; flat, because small models fill in flat forms only."""

    intent: str = Field(description="what the reply does, in a few words")
    emotion: str = Field(description="what the character shows, one or two words")
    goal: str = Field(description="which aim of the character the reply serves")
    avoid: str = Field(description="what the character should not say")


async def plan(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Plan the reply: by rule on `quick`, with one model call elsewhere, by rule again when that call fails."""
    ruled = _carried_on(state)
    if resources.thinking(context_of(runtime)) == "quick":
        return {"plan": ruled, "events": note_event("plan", f"by rule: {ruled['intent']}")}
    scene = await gather_scene(state, runtime, resources=resources)
    question = render("plan", char=scene.char, user=scene.user)
    answer, usage = await ask_of_scene(
        question,
        Plan,
        default=Plan.model_validate(ruled),
        node="plan",
        state=state,
        scene=scene,
        context=context_of(runtime),
        resources=resources,
    )
    if answer.rung == "default":
        event = note_event("plan", f"by rule: {answer.error}", kind="degraded")
        return {"plan": ruled, "usage": usage, "events": event}
    chosen = {field: text[:_FIELD_LENGTH] for field, text in answer.value.model_dump().items()}
    event = note_event("plan", f"{chosen['intent']} (read by {answer.rung})")
    return {"plan": chosen | {"source": answer.rung}, "usage": usage, "events": event}


def _carried_on(state: State) -> PlanNote:
    """The last plan's goal and emotion with an intent by rule: what `quick` gets, and what is left in trouble."""
    last = state.get("plan")
    message = user_message(state)
    if message is None:
        intent = "carry on with what was being said"
    elif message.text.rstrip().endswith(_QUESTION_MARKS):
        intent = "answer the question"
    else:
        intent = "take up what was said"
    return {
        "intent": intent,
        "emotion": last["emotion"] if last else "",
        "goal": last["goal"] if last else "",
        "avoid": last["avoid"] if last else "",
        "source": "rule",
    }
