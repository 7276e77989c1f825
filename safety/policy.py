"""The policy: which message is not answered as it stands, and which reply is not said.

Rules are deterministic and told apart by their ids. They are never the only layer: a model that follows its
prompt, and a moderator where there is one, stand beside them.
"""

import re
from collections.abc import Sequence

from langgraph_roleplay.context import SafetyLevel
from langgraph_roleplay.safety.attacks import asks_what_it_talks_to, attacks_prompt
from langgraph_roleplay.safety.crisis import encourages_self_harm, speaks_of_self_harm
from langgraph_roleplay.safety.minors import is_sexual, sexualizes_minor
from langgraph_roleplay.safety.normalize import normalize
from langgraph_roleplay.safety.rules import Rule, Verdict
from langgraph_roleplay.safety.scaffolding import TEMPLATE_TOKEN

__all__ = ["Policy"]

_STANDARD_UP: frozenset[SafetyLevel] = frozenset({"standard", "strict"})
_STRICT: frozenset[SafetyLevel] = frozenset({"strict"})

_LEAK = re.compile(
    r"\b(?:system|initial) prompt\b|\bmy (?:prompt|instructions) (?:is|are|say|tell|was|were)\b"
    r"|\bi (?:was|am|have been) (?:instructed|prompted|programmed) to (?:role-?play|act as|play|portray|respond as)\b"
    r"|我(?:被|的)(?:系统提示词?|提示词|指令是|设定为扮演)",
    re.IGNORECASE,
)


def _is_empty(text: str) -> bool:
    return not text


def _leaks_scaffolding(text: str) -> bool:
    return bool(TEMPLATE_TOKEN.search(text) or _LEAK.search(text))


_EMPTY = Verdict("empty", "narrator", False, "There is nothing in the message to answer.")
_CRISIS = Verdict("crisis", "out_of_character", False, "The user speaks of wanting to die or to hurt themselves.")
_MINOR = Verdict("minor_sexual", "out_of_character", False, "Sexual content about a minor.")
_ATTACK = Verdict("prompt_attack", "in_character", True, "The message tries the prompt, not the character.")
_DISCLOSURE = Verdict("disclosure", "out_of_character", True, "The user asks whether a human or a machine answers.")
_SEXUAL = Verdict("explicit_sexual", "narrator", False, "Explicitly sexual content, which this level leaves out.")
_HARM = Verdict("self_harm_encouragement", "out_of_character", False, "The reply urges someone to hurt themselves.")
_SCAFFOLDING = Verdict("scaffolding_leak", "in_character", True, "The reply shows the machinery behind the character.")

_INPUT_RULES = (
    Rule(_EMPTY, _is_empty),
    Rule(_CRISIS, speaks_of_self_harm),
    Rule(_MINOR, sexualizes_minor),
    Rule(_ATTACK, attacks_prompt, _STANDARD_UP),
    Rule(_DISCLOSURE, asks_what_it_talks_to, _STRICT),
    Rule(_SEXUAL, is_sexual, _STRICT),
)
_REPLY_RULES = (
    Rule(_MINOR, sexualizes_minor),
    Rule(_HARM, encourages_self_harm),
    Rule(_SCAFFOLDING, _leaks_scaffolding),
    Rule(_SEXUAL, is_sexual, _STRICT),
)


class Policy:
    """Checks messages and replies; the first rule that fires decides."""

    def __init__(self, *, input_rules: Sequence[Rule] = (), reply_rules: Sequence[Rule] = ()) -> None:
        """Add rules of your own; they are asked after the built-in ones, which can't be taken away."""
        self._input_rules = (*_INPUT_RULES, *input_rules)
        self._reply_rules = (*_REPLY_RULES, *reply_rules)

    @classmethod
    def default(cls) -> "Policy":
        """Return the policy with the built-in rules alone."""
        return cls()

    def check_input(self, text: str, *, level: SafetyLevel, minor: bool = False) -> Verdict | None:
        """Return why `text` of a user is not answered as it stands; none lets it pass.

        Args:
            text: the message as it came.
            level: how strict to be.
            minor: whether the character is a child, in whose company nothing sexual passes at any level.
        """
        return _first(self._input_rules, text, level, minor=minor)

    def check_reply(self, text: str, *, level: SafetyLevel, minor: bool = False) -> Verdict | None:
        """Return why `text` of a character is not said; none lets it pass. Works on sentences and whole replies."""
        return _first(self._reply_rules, text, level, minor=minor)


def _first(rules: Sequence[Rule], text: str, level: SafetyLevel, *, minor: bool) -> Verdict | None:
    plain = normalize(text)
    # A line break in the middle of a phrase must not hide it, and some phrases are told by their line.
    forms = (plain, " ".join(plain.split())) if "\n" in plain else (plain,)
    for rule in rules:
        if level in rule.levels and any(map(rule.finds, forms)):
            return rule.verdict
    return _MINOR if minor and any(map(is_sexual, forms)) else None
