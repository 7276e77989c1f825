"""A small share of the junk trial; the whole is 1,000 turns."""

from langgraph_roleplay.evals.trials.junk import misbehave


async def test_nothing_of_a_misbehaving_model_s_junk_gets_in(bank):
    found = await misbehave(bank, turns=60, seed=1)
    assert found["faults"] > 50
    assert (found["junk"], found["junk_recalled"], found["duplicates"]) == (0, 0, 0), found["examples"]
    assert found["coverage"] > 0.9
