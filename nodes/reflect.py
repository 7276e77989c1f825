"""reflect: look at the held draft before it is said, and send it back with a reason if it must be better."""

from dataclasses import dataclass
from typing import Any, Literal

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field

from langgraph_roleplay.context import Context
from langgraph_roleplay.nodes._prompting import ask_of_scene
from langgraph_roleplay.nodes._room import draft_room
from langgraph_roleplay.nodes._scene import gather_scene
from langgraph_roleplay.prompts import render
from langgraph_roleplay.prompts.budget import shorten
from langgraph_roleplay.prompts.notes import as_quote
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.safety import split_sentences
from langgraph_roleplay.state import Draft, Review, State, Usage
from langgraph_roleplay.turn import cap_reached, context_of, note_event

__all__ = ["Critique", "reflect", "route_after_reflect"]

_REASON_LENGTH = 300


class Critique(BaseModel):
    """What the critic says of a draft: the reason first, so that the verdict follows from it."""

    reason: str = Field(description="what is wrong, with the wrong words quoted; or 'nothing'")
    verdict: Literal["keep", "redo"] = Field(description="keep or redo")


@dataclass(frozen=True)
class _Judgement:
    """Why the draft should be redone (empty: keep it), what the critic had trouble with, what the turn has taken."""

    reason: str = ""
    doubt: str = ""
    usage: Usage | None = None


async def reflect(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Judge the draft: by the checks that need no model, then by the model; the best draft so far wins."""
    draft, review = state["draft"], state["review"]
    judged = await _judge(state, runtime, resources=resources)
    best = _better(review["best"], draft | {"faults": [*draft["faults"], *filter(None, [judged.reason])]})
    revisions = review["revisions"]
    context = context_of(runtime)
    if not judged.reason or revisions >= context.max_revisions or cap_reached(state, context):
        doubts = f", with doubts: {judged.reason}" if judged.reason else ""
        events = note_event("reflect", f"accepted after {revisions} revisions{doubts}{judged.doubt}")
        # No revision is left for a draft that still has faulty sentences: it is said without them.
        draft, again = best | {"text": _mended(best)}, Review(revisions=revisions, critique="", best=None)
    else:
        events = note_event("reflect", f"sent back: {judged.reason}{judged.doubt}")
        again = Review(revisions=revisions + 1, critique=judged.reason, best=best)
    return {"draft": draft, "review": again, "usage": judged.usage, "events": events}


def route_after_reflect(state: State) -> Literal["respond", "check_reply"]:
    """Back to the character with a critique, or on to the last check."""
    return "respond" if state["review"]["critique"] else "check_reply"


async def _judge(state: State, runtime: Runtime[Context], *, resources: Resources) -> _Judgement:
    draft = state["draft"]
    if not draft["text"]:
        return _Judgement("the draft is empty", usage=state.get("usage"))
    if draft["faults"]:
        return _Judgement("; ".join(draft["faults"])[:_REASON_LENGTH], usage=state.get("usage"))
    scene = await gather_scene(state, runtime, resources=resources)
    profile = resources.profile(context_of(runtime))
    shown = as_quote(shorten(draft["text"], draft_room(profile)))
    answer, usage = await ask_of_scene(
        render("critique", char=scene.char, user=scene.user, draft=shown),
        Critique,
        default=Critique(reason="", verdict="keep"),
        node="reflect",
        state=state,
        scene=scene,
        context=context_of(runtime),
        resources=resources,
    )
    if answer.rung == "default":
        return _Judgement(doubt=f" (the critic was no help: {answer.error})", usage=usage)
    reason = answer.value.reason[:_REASON_LENGTH] or "the critic gave no reason"
    return _Judgement(reason if answer.value.verdict == "redo" else "", usage=usage)


def _mended(draft: Draft) -> str:
    """The draft without its faulty sentences; of one that was said twice the later one is the fault."""
    faulty, kept = list(draft["faulty"]), []
    for sentence in reversed(split_sentences(draft["text"])):
        if sentence.strip() in faulty:
            faulty.remove(sentence.strip())
        else:
            kept.append(sentence)
    return "".join(reversed(kept)).strip()


def _better(best: Draft | None, draft: Draft) -> Draft:
    """The draft with fewer faults; of equals the later one, which knows the critique. An empty one never wins."""
    if best is None or not best["text"]:
        return draft
    if not draft["text"]:
        return best
    return draft if len(draft["faults"]) <= len(best["faults"]) else best
