"""The ledger of distilling: kept in the bank, read after a restart, and no memory of anybody."""

from datetime import UTC, datetime

from langgraph_roleplay.memory import Selection
from langgraph_roleplay.memory.distilling.ledger import Ledger, RunNote, read_ledger, write_ledger

WHOSE = {"user": "anna", "character": "holmes"}
SELECTED = Selection(**WHOSE)


async def test_it_adds_runs_up_and_is_neither_counted_nor_fetched_as_a_memory(bank, scope):
    for failure in ("", "timeout", "timeout"):
        run = RunNote(at=datetime.now(UTC), failure=failure, turns=2, kept={"fact": 1})
        await write_ledger(bank, (await read_ledger(bank, **WHOSE)).after(run), **WHOSE)
    ledger = await read_ledger(bank, **WHOSE)
    assert (ledger.runs, ledger.failures, ledger.in_a_row, ledger.turns, ledger.kept) == (3, 2, 2, 6, {"fact": 3})
    [entry] = [memory.id async for memory in bank.browse(SELECTED)]
    assert await bank.count(scope) == 0
    assert await bank.fetch([entry], scope=scope) == []
    assert await bank.recall("distilling for holmes", scope=scope) == []


async def test_that_of_another_is_another(bank):
    await write_ledger(bank, Ledger(runs=3), **WHOSE)
    for other in ({"user": "bob"}, {"character": "watson"}):
        assert await read_ledger(bank, **WHOSE | other) == Ledger()
