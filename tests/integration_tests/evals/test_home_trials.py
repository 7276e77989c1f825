"""A small share of the trials that `make trials` runs whole."""

from langgraph_roleplay.evals.trials.killing import try_conversations, try_killing


async def test_nothing_acknowledged_is_lost_while_owners_are_killed():
    figures = await try_killing(5)
    assert figures["kills"] == 5
    assert figures["acknowledged"] > 0
    assert (figures["acknowledged_and_lost"], figures["half_written"]) == (0, 0)
    assert figures["recalled_after_all"] > 0


async def test_many_conversations_with_a_killed_owner_see_no_error_and_nothing_of_each_other():
    figures = await try_conversations(8, turns=4)
    assert (figures["errors"], figures["cross_talk"], figures["lost"]) == (0, 0, 0)
