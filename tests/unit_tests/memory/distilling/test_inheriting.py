"""What is distilled may be known, trusted and told no further than what it rests on."""

import pytest

from langgraph_roleplay.memory.distilling.gate_candidate import Candidate
from langgraph_roleplay.memory.distilling.making import make_memory

OPEN = {"secrecy": "open", "trust": 0.9, "confidence": 0.8, "observers": ("holmes", "watson"), "story_time": 1.0}
SECRET = {"secrecy": "secret", "trust": 0.3, "confidence": 0.5, "observers": ("holmes", "lestrade"), "story_time": 7.0}


@pytest.mark.parametrize("order", [1, -1])
async def test_of_two_sources_the_narrower_counts_whichever_comes_last(memory, order):
    cited = [memory("The letter", turn=turn, **fields) for turn, fields in enumerate([OPEN, SECRET][::order])]
    made = make_memory(Candidate(text="The letter is blue", evidence=[line.id for line in cited]), cited)
    assert (made.secrecy, made.trust, made.confidence) == ("secret", 0.3, 0.5)
    assert (made.observers, made.story_time) == (None, 7.0)  # holmes alone, whose memory it is


async def test_what_is_open_to_all_stays_so(memory):
    line = memory("The letter", **OPEN)
    made = make_memory(Candidate(text="The letter is blue", evidence=[line.id]), [line])
    assert (made.secrecy, made.trust, made.observers) == ("open", 0.9, ("holmes", "watson"))
