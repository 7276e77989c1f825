"""Which fact takes the place of another: none that may hold beside it, every one that was overtaken."""

import pytest

from langgraph_roleplay.evals.trials.supersession import load_pairs

PAIRS = load_pairs()


def test_the_list_is_as_long_as_it_should_be():
    assert sum(not pair.replaces for pair in PAIRS) >= 50
    assert sum(pair.replaces for pair in PAIRS) >= 30
    assert len({(pair.old, pair.new, pair.said) for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if not pair.replaces], ids=lambda pair: pair.why)
def test_facts_that_may_both_hold_are_both_kept(pair):
    assert not pair.decided()


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.replaces], ids=lambda pair: pair.why)
def test_what_was_overtaken_gives_way(pair):
    assert pair.decided()
