"""reflect: look at the held draft before it is said, and send it back with a reason if it must be better."""

from typing import Any, Literal

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field

from langgraph_roleplay.context import Context
from langgraph_roleplay.nodes._ask import ask_form
from langgraph_roleplay.nodes._scene import gather_scene, persona_text, scene_notes
from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import Budget, shorten
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.safety import split_sentences
from langgraph_roleplay.state import Draft, Review, State
from langgraph_roleplay.turn import context_of, note_event, user_message

__all__ = ["Critique", "reflect", "route_after_reflect"]

_REASON_LENGTH = 300
_ACCEPTED = "accepted"


class Critique(BaseModel):
    """What the critic says of a draft: the reason first, so that the verdict follows from it."""

    reason: str = Field(description="what is wrong, with the wrong words quoted; or 'nothing'")
    verdict: Literal["keep", "redo"] = Field(description="keep or redo")


async def reflect(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Judge the draft: by the checks that need no model, then by the model; the best draft so far wins."""
    draft = state["draft"]
    reason, doubt = await _objection(state, runtime, resources=resources)
    review = state["review"]
    best = _better(review["best"], draft | {"faults": [*draft["faults"], *([reason] if reason else [])]})
    revisions = review["revisions"]
    if not reason or revisions >= context_of(runtime).max_revisions:
        line = f"{_ACCEPTED} after {revisions} revisions" + (f", with doubts: {reason}" if reason else "") + doubt
        # No revision is left for a draft that still has faulty sentences: it is said without them.
        done: Review = {"revisions": revisions, "critique": "", "best": None}
        return {"draft": best | {"text": _mended(best)}, "review": done, "events": note_event("reflect", line)}
    again: Review = {"revisions": revisions + 1, "critique": reason, "best": best}
    return {"review": again, "events": note_event("reflect", f"sent back: {reason}{doubt}")}


def route_after_reflect(state: State) -> Literal["respond", "check_reply"]:
    """Back to the character with a critique, or on to the last check."""
    return "respond" if state["review"]["critique"] else "check_reply"


async def _objection(state: State, runtime: Runtime[Context], *, resources: Resources) -> tuple[str, str]:
    """Why the draft should be redone (empty: keep it), and what the critic itself had trouble with."""
    draft = state["draft"]
    if not draft["text"]:
        return "the draft is empty", ""
    if draft["faults"]:
        return "; ".join(draft["faults"])[:_REASON_LENGTH], ""
    answer = await ask_form(
        await _question(state, runtime, resources=resources),
        Critique,
        default=Critique(reason="", verdict="keep"),
        node="reflect",
        context=context_of(runtime),
        resources=resources,
    )
    if answer.rung == "default":
        return "", f" (the critic was no help: {answer.error})"
    redo = answer.value.verdict == "redo"
    return (answer.value.reason[:_REASON_LENGTH] or "the critic gave no reason") if redo else "", ""


async def _question(state: State, runtime: Runtime[Context], *, resources: Resources) -> str:
    scene = await gather_scene(state, runtime, resources=resources)
    budget = Budget(resources.profile(context_of(runtime)).prompt_tokens)
    message = user_message(state)
    return render(
        "critique",
        char=scene.char,
        user=scene.user,
        persona=shorten(persona_text(scene), budget.prefix),
        notes=scene_notes(scene),
        message=shorten(message.text, budget.tail) if message else "(none: the last reply was to be carried on)",
        draft=state["draft"]["text"],
    )


def _mended(draft: Draft) -> str:
    return "".join(sentence for sentence in split_sentences(draft["text"]) if sentence.strip() not in draft["faulty"])


def _better(best: Draft | None, draft: Draft) -> Draft:
    """The draft with fewer faults; of equals the later one, which knows the critique. An empty one never wins."""
    if best is None or not best["text"]:
        return draft
    if not draft["text"]:
        return best
    return draft if len(draft["faults"]) <= len(best["faults"]) else best
