"""The gate in front of everything that a model distils: it lets in what it can check, and says why of the rest.

Pure and fast, without a model. It is strict on purpose, because what was said is kept word for word anyway: a refused
fact costs a convenience, an invented one is recalled for ever.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from langgraph_roleplay.memory.distilling.gate_candidate import LONGEST, MOST_EVIDENCE, Candidate, Refusal
from langgraph_roleplay.memory.distilling.gate_evidence import RULES, Evidence
from langgraph_roleplay.memory.distilling.gate_form import fault_of_form
from langgraph_roleplay.memory.distilling.gate_orders import is_order
from langgraph_roleplay.memory.distilling.inheriting import inherit
from langgraph_roleplay.memory.distilling.paraphrase import Near, repeats
from langgraph_roleplay.memory.records import Memory

__all__ = ["Shown", "examine"]


@dataclass(frozen=True)
class Shown:
    """What the model was shown, and what stands beside it."""

    lines: Mapping[str, Memory]
    """By id: the only evidence there can be."""
    recalled: Mapping[str, Sequence[Memory]] = field(default_factory=dict)
    """By id of one of the character's replies: what had been recalled for it."""
    forbids: Callable[[str], str] = lambda text: ""
    """The rule of the house's policy that a text breaks; empty if none."""


def examine(candidate: Candidate, *, shown: Shown, near: Sequence[Near]) -> Refusal | None:
    """Why the candidate is not let in; None lets it in.

    Args:
        candidate: what the model wrote.
        shown: what it was shown.
        near: the stored memories of its kind that are nearest to it.
    """
    cited = [shown.lines[known] for known in dict.fromkeys(candidate.evidence) if known in shown.lines]
    if fault := _fault_of_evidence(candidate, cited):
        return Refusal("evidence", fault)
    if refusal := _refuse_wording(candidate, shown):
        return refusal
    evidence = Evidence(candidate, cited, shown.lines, shown.recalled)
    for rule in RULES:
        if fault := rule(evidence):
            return Refusal(rule.__name__, fault)
    if repeated := repeats(candidate.text, candidate.subject, inherit(cited), near):
        return Refusal("duplicate", f"it says what is known already: {repeated}")
    return None


def _fault_of_evidence(candidate: Candidate, cited: Sequence[Memory]) -> str:
    unknown = len(set(candidate.evidence)) - len(cited)
    if unknown:
        return f"{unknown} of its evidence is none of what was shown"
    if not cited:
        return "it rests on nothing"
    if len(cited) > MOST_EVIDENCE[candidate.kind]:
        return f"it cites {len(cited)} of what was shown, which is as good as nothing"
    if candidate.kind == "reflection" and len(cited) < 2:
        return "a reflection rests on two at least"
    return ""


def _refuse_wording(candidate: Candidate, shown: Shown) -> Refusal | None:
    fault = fault_of_form(candidate.text, longest=LONGEST[candidate.kind], narrated=candidate.kind == "summary")
    if fault:
        return Refusal(*fault)
    whole = " ".join((candidate.subject, candidate.relation, candidate.text))
    if is_order(candidate.text) or is_order(candidate.relation) or is_order(candidate.subject):
        return Refusal("order", "it speaks to the model, not of the story")
    if rule := shown.forbids(whole):
        return Refusal("policy", f"the policy has a rule against it: {rule}")
    if candidate.kind == "fact" and not (candidate.subject and candidate.relation):
        return Refusal("schema", "a fact has a subject and a relation")
    return None
