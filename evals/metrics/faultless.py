"""faultless: in how many turns nothing broke the role, from the model's first draft on."""

from collections.abc import Iterator
from typing import Any

from langgraph_roleplay.evals.outcome import Score, unscored
from langgraph_roleplay.safety import Policy, find_faults

__all__ = ["faultless"]


def faultless(outputs: dict[str, Any], reference_outputs: dict[str, Any] | None = None) -> Score:
    """Turns without a fault, divided by all turns.

    A fault is what `safety.find_faults` or the policy finds in the reply (assistant talk, words put into the user's
    mouth, repetition, the wrong language, marks of a template), and what they had already cut from the model's
    draft: a reply that the checks saved doesn't speak for the model. An empty reply is a fault. A turn that the
    policy answered because of the user's message counts as clean: the character held. Own measure; it sees what
    breaks a role, not whether it is the right one: for that a model must judge.
    """
    if (none := unscored("faultless", outputs)) is not None:
        return none
    turns = outputs["turns"]
    found = [list(_faults(outputs, place)) for place in range(len(turns))]
    told = [f"turn {place}: {'; '.join(faults)}" for place, faults in enumerate(found, 1) if faults]
    return {
        "key": "faultless",
        "score": (len(turns) - len(told)) / len(turns),
        "comment": " | ".join(told) or "no fault found",
    }


def _faults(outputs: dict[str, Any], place: int) -> Iterator[str]:
    turn = outputs["turns"][place]
    verdict = turn.get("verdict") or ""
    if verdict.endswith("(input)"):
        return
    if verdict:
        yield verdict
    yield from turn.get("faults") or []
    if not turn["reply"].strip():
        yield "empty"
    if not verdict:  # or our own words in the model's place would be examined
        yield from _faults_of_reply(outputs, turn["reply"], [earlier["reply"] for earlier in outputs["turns"][:place]])


def _faults_of_reply(outputs: dict[str, Any], reply: str, previous: list[str]) -> Iterator[str]:
    blocked = Policy.default().check_reply(reply, level="standard", minor=outputs.get("minor", False))
    if blocked:
        yield f"{blocked.rule}: {blocked.reason}"
    for fault in find_faults(
        reply,
        character=outputs["character"],
        user=outputs["user"],
        previous=previous,
        language=outputs["language"],
    ):
        yield f"{fault.rule}: {fault.reason}"
