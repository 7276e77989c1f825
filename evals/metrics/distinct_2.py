"""distinct_2: how little the character repeats itself."""

from typing import Any

from langgraph_roleplay.evals.outcome import Score, replies_of, unscored
from langgraph_roleplay.safety.ngrams import ngrams, words

__all__ = ["distinct_2"]


def distinct_2(outputs: dict[str, Any], reference_outputs: dict[str, Any] | None = None) -> Score:
    """Different pairs of neighbouring words, divided by all such pairs, over the replies of one conversation.

    Li et al., "A Diversity-Promoting Objective Function for Neural Conversation Models", NAACL 2016. Pairs don't
    reach from one reply into the next; a character of CJK counts as a word. It falls as a text grows, so compare
    runs of the same suite only.
    """
    if (none := unscored("distinct_2", outputs)) is not None:
        return none
    pairs = [pair for reply in replies_of(outputs) for pair in ngrams(words(reply), 2)]
    if not pairs:
        return {"key": "distinct_2", "score": None, "comment": "no two words were said"}
    different = len(set(pairs))
    return {
        "key": "distinct_2",
        "score": different / len(pairs),
        "comment": f"{different} of {len(pairs)} word pairs differ",
    }
