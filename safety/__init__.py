"""What may be said and believed: the policy, the faults of a draft, and the mending of it."""

from langgraph_roleplay.safety.deflections import deflection
from langgraph_roleplay.safety.faults import Fault, find_faults
from langgraph_roleplay.safety.ngrams import words
from langgraph_roleplay.safety.policy import Policy
from langgraph_roleplay.safety.rules import Rule, Verdict
from langgraph_roleplay.safety.sentences import SentenceStream, split_sentences
from langgraph_roleplay.safety.tidy import ThoughtFilter, strip_name

__all__ = [
    "Fault",
    "Policy",
    "Rule",
    "SentenceStream",
    "ThoughtFilter",
    "Verdict",
    "deflection",
    "find_faults",
    "split_sentences",
    "strip_name",
    "words",
]
