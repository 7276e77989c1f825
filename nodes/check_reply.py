"""check_reply: the last look at the whole reply; then it is said, if it has not been yet, and stands."""

from typing import Any, Literal

from langgraph.runtime import Runtime

from langgraph_roleplay.context import Context
from langgraph_roleplay.nodes._speech import release_text, spoken_message
from langgraph_roleplay.resources import Resources
from langgraph_roleplay.safety import Verdict, split_sentences
from langgraph_roleplay.state import State, VerdictNote
from langgraph_roleplay.turn import context_of, note_event

__all__ = ["check_reply", "route_after_check_reply"]


async def check_reply(state: State, runtime: Runtime[Context], *, resources: Resources) -> dict[str, Any]:
    """Pass the reply on, or ask for a deflection."""
    draft = state["draft"]
    text = draft["text"]
    context = context_of(runtime)
    persona = await resources.persona(context)
    checked = resources.policy.check_reply(text, level=context.safety, minor=persona.is_minor)
    verdict = checked if text else _silent(state)
    if verdict is not None:
        note: VerdictNote = {"stage": "reply", "rule": verdict.rule, "way": verdict.way, "keep": verdict.keep}
        event = note_event("check_reply", f"{verdict.rule}: {verdict.reason}", kind="blocked")
        return {"verdict": note, "events": event}
    if draft["held"]:
        for sentence in split_sentences(text):
            release_text(sentence, reply_id=state["reply_id"])
    return {
        "reply": text.strip(),
        "messages": spoken_message(state, text),
        "events": note_event("check_reply", "passed"),
    }


def route_after_check_reply(state: State) -> Literal["deflect", "remember"]:
    """Deflect what must not be said."""
    return "deflect" if state.get("verdict") else "remember"


def _silent(state: State) -> Verdict:
    """Nothing is left to say: the model failed or said nothing, or its first words were cut."""
    faults = "; ".join(state["draft"]["faults"])
    return Verdict(
        rule="no_reply", way="in_character" if faults else "narrator", keep=True, reason=faults or "no words"
    )
