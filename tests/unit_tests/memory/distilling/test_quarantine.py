"""Quarantine: what was refused is kept, known to nobody, and let in or deleted by the user."""

from datetime import UTC, datetime

import pytest

from langgraph_roleplay.memory import Scope, Selection
from langgraph_roleplay.memory.distilling.admission import admit_all
from langgraph_roleplay.memory.distilling.gate import Shown
from langgraph_roleplay.memory.distilling.quarantine import QUARANTINE, approve, reject

WHEN = datetime(2026, 11, 23, 10, tzinfo=UTC)
HELD = Selection(user="anna", kind=QUARANTINE)


@pytest.fixture
async def held(bank, memory):
    """A fact that the gate refuses, resting on the first of two lines."""
    lines = [
        memory("I got the sack at the mill.", key="h1", turn=1, message_id="m1", at=WHEN),
        memory("It rains.", key="h2", turn=2, message_id="m2", at=WHEN),
    ]
    await bank.remember(lines)
    raw = {
        "text": "anna was dismissed.",
        "subject": "anna",
        "relation": "work",
        "evidence": [lines[0].id],
        "importance": 0.8,
    }
    await admit_all(bank, [raw], shown=Shown(lines={line.id: line for line in lines}), kind="fact")
    [found] = [one async for one in bank.browse(HELD)]
    return found


async def test_what_was_refused_is_kept_with_its_reason_and_recalled_by_nobody(bank, held, scope):
    assert (held.text, held.metadata["rule"]) == ("anna was dismissed.", "unsupported")
    assert held.metadata["reason"]
    for who in (scope, Scope(character="watson", user="anna")):
        seen = [hit.memory.text for hit in await bank.recall("anna was dismissed", scope=who)]
        assert held.text not in seen
        assert await bank.fetch([held.id], scope=who) == []


async def test_the_same_refused_twice_is_kept_once(bank, held, memory):
    lines = [one async for one in bank.browse(Selection(user="anna", kind="turn"))]
    lines.sort(key=lambda line: line.turn)
    raw = held.metadata["candidate"]
    await admit_all(bank, [raw, raw], shown=Shown(lines={line.id: line for line in lines}), kind="fact")
    assert len([one async for one in bank.browse(HELD)]) == 1


async def test_what_is_approved_becomes_a_memory_that_rests_on_what_it_cited(bank, held, scope):
    fact = await approve(bank, held.id, user="anna")
    assert (fact.text, fact.kind, fact.key, fact.importance) == ("anna was dismissed.", "fact", "h1", 0.8)
    assert [one async for one in bank.browse(HELD)] == []
    assert fact.text in [hit.memory.text for hit in await bank.recall("anna was dismissed", scope=scope)]


async def test_a_reflection_that_is_approved_is_a_reflection(bank, held):
    lines = [one async for one in bank.browse(Selection(user="anna", kind="turn"))]
    raw = {"text": "Anna is afraid of owls.", "evidence": [lines[0].id]}
    await admit_all(bank, [raw], shown=Shown(lines={line.id: line for line in lines}), kind="reflection")
    [other] = [one async for one in bank.browse(HELD) if one.id != held.id]
    assert (await approve(bank, other.id, user="anna")).kind == "reflection"


async def test_what_is_rejected_is_gone(bank, held):
    await reject(bank, held.id, user="anna")
    assert [one async for one in bank.browse(HELD)] == []


@pytest.mark.parametrize("decide", [approve, reject])
async def test_nobody_decides_over_the_quarantine_of_another(bank, held, decide):
    with pytest.raises(ValueError, match="in quarantine"):
        await decide(bank, held.id, user="bob")


async def test_forgetting_any_line_that_was_shown_forgets_what_may_have_been_made_of_it(bank, held, scope):
    await bank.forget(scope, message_ids=["m2"])
    assert [one async for one in bank.browse(HELD)] == []


async def test_an_approved_fact_is_known_only_to_those_who_know_its_evidence(bank, memory):
    lines = [memory("The seal is broken.", key="h1", observers=("holmes", "watson")), memory("It is so.", key="h2")]
    await bank.remember(lines)
    raw = {"text": "The seal was torn.", "subject": "seal", "relation": "is", "evidence": [line.id for line in lines]}
    await admit_all(bank, [raw], shown=Shown(lines={line.id: line for line in lines}), kind="fact")
    [found] = [one async for one in bank.browse(HELD)]
    assert (await approve(bank, found.id, user="anna")).observers is None
    hits = await bank.recall("seal torn", scope=Scope(character="watson", user="anna"))
    assert [hit.memory.kind for hit in hits] == ["turn"]
