"""Safe writing: what was just distilled shares the fate of its evidence, which may have changed meanwhile."""

import pytest

from langgraph_roleplay.memory import Selection, filters
from langgraph_roleplay.memory.distilling.reading_back import settle


@pytest.fixture
async def written(bank, memory):
    """A line, and two facts of which one rests on a line more that was forgotten."""
    line = memory("I live in Bath", message_id="m1")
    whole = memory("Anna lives in Bath", kind="fact", evidence=(line.id,))
    orphan = memory("Anna lives in York", kind="fact", evidence=(line.id, memory("I live in York", key="h2").id))
    await bank.remember([line, whole, orphan])
    return [whole, orphan]


async def test_a_fact_goes_with_any_of_its_evidence_that_was_forgotten(bank, scope, written):
    await settle(bank, written)
    assert [fact.id async for fact in bank.browse(Selection(user="anna", kind="fact"))] == [written[0].id]


@pytest.mark.parametrize("flag", ["retracted", "abandoned"])
async def test_a_fact_is_hidden_with_its_evidence(bank, scope, written, flag):
    line = written[0].evidence[0]
    await bank.home.mark(filters.among("anna", [line]), {flag: 1})
    await settle(bank, written)
    assert await bank.count(scope) == 0
    assert await bank.fetch([written[0].id], scope=scope) == []
