import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langgraph_roleplay.evals.trials.branches import ACTS, live

NOTHING = {"leaked": 0, "missing": 0}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 20)), min_size=2, max_size=7))
def test_a_branch_remembers_itself_and_nothing_else(acts):
    assert asyncio.run(live(acts)) == NOTHING


@pytest.mark.parametrize(
    "acts",
    [
        [("say", 0), ("swipe", 0), ("fork", 0), ("fork", 2)],
        [("say", 0), ("say", 0), ("edit", 1), ("resend", 0), ("fork", 1)],
        [("say", 0), ("say", 0), ("trim", 0), ("say", 0), ("swipe", 0)],
    ],
)
async def test_known_ways_of_leaving_ghosts_leave_none(acts):
    assert await live(acts) == NOTHING
