"""Where dialects of lorebooks differ: one engine, one set of choices for each.

Where a program's documents and its code disagree the code is followed, since that is what authors tried their books
on; the exceptions are said beside their field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from langgraph_roleplay.personas.lorebooks.dialects import Dialect

__all__ = ["PROFILES", "Edges", "OverBudget", "Profile", "RegexKeys"]

Edges = Literal["any", "word", "lone_word", "token"]
"""What may stand beside a key: anything; no letter; no letter if the key is one word; only spaces."""
RegexKeys = Literal["flagged", "slashes", "flagged_slashes", "never"]
"""Which keys are patterns: those of entries with `use_regex`, those written `/…/flags`, those that are both."""
OverBudget = Literal["stop", "skip", "lowest_out"]
"""What happens at the first entry that does not fit: no more at all, the next is tried, or all lower ones go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The choices of one dialect."""

    scan_depth: int = 4
    """Recent messages that are searched where neither book nor entry says."""
    whole_words: bool = True
    """Whether a key matches whole words only, where the entry does not say."""
    word_edges: Edges = "word"
    """What a whole word is; scripts that do not set words apart have none."""
    squeezed: bool = False
    """Whether spaces are taken out of text and keys before a key that need not be a whole word is looked for."""
    names: bool = False
    """Whether a speaker's name can be found at the head of the message."""
    joined: bool = False
    """Whether patterns see all messages at once, newest first, each behind the anchor; else one by one."""
    regex: RegexKeys = "flagged"
    regex_stands_alone: bool = True
    """Whether a pattern turns secondary keys, excluded keys and `constant` off."""
    selective_logic: bool = False
    """Whether an entry may choose how its secondary keys count; else one of them must be there."""
    split_secondary: bool = False
    """Whether a secondary key with commas is several; the spec types a list and describes comma text."""
    recursive: bool = False
    """Whether entries find each other where the book does not say."""
    max_steps: int = 32
    """Times that newly found content is searched again."""
    budget_tokens: int | None = None
    """Limit of a book that names none, in tokens."""
    budget_share: float | None = None
    """Limit of a book that names none, as a part of the context."""
    full_at_limit: bool = False
    """Whether an entry that fills the budget to its last token is too long."""
    over_budget: OverBudget = "lowest_out"
    constants_first: bool = True
    """Whether constants are paid for first. SillyTavern's documents say so and its code does not: here documents
    are followed everywhere, because a constant that comes and goes changes the part of the prompt that is cached."""
    picks_by_priority: bool = True
    """Whether `priority` decides who goes first, and `insertion_order` where there is none; else the latter alone."""
    recent_first: bool = False
    """Whether of equals the one spoken of last goes first."""
    counts_greeting: bool = False
    """Whether the greeting is a message: delays and `activate_only_*` count it, and keys are looked for in it."""
    extra_decorators: bool = False
    """Whether RisuAI's decorators are known beside those of V3, which all dialects know."""


PROFILES: Mapping[Dialect, Profile] = {
    "spec": Profile(split_secondary=True),
    "sillytavern": Profile(
        scan_depth=2,
        whole_words=False,
        word_edges="lone_word",
        names=True,
        joined=True,
        regex="slashes",
        regex_stands_alone=False,
        selective_logic=True,
        budget_share=0.25,
        full_at_limit=True,
        over_budget="stop",
        picks_by_priority=False,
        counts_greeting=True,
    ),
    "risuai": Profile(
        scan_depth=5,
        whole_words=False,
        word_edges="token",
        squeezed=True,
        regex="flagged_slashes",
        recursive=True,
        budget_tokens=800,
        over_budget="skip",
        counts_greeting=True,
        extra_decorators=True,
    ),
    "agnai": Profile(
        names=True,
        regex="never",
        regex_stands_alone=False,
        over_budget="skip",
        picks_by_priority=False,
        recent_first=True,
    ),
}
"""The choices by dialect; tests/unit_tests/personas/lore/test_profiles.py has a case for each."""
