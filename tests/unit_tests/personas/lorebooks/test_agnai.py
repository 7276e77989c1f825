from langgraph_roleplay.personas.lorebooks import load_lorebook
from langgraph_roleplay.personas.lorebooks.agnai import to_memory_book


def test_weight_is_the_order_and_priority_who_stays():
    entry = {"name": "Tides", "entry": "x", "keywords": ["tide"], "priority": 3, "weight": 7, "enabled": False}
    book = load_lorebook({"kind": "memory", "name": "Sea", "scanDepth": 5, "tokenBudget": 99, "entries": [entry]})
    tides = book.entries[0]
    assert (tides.name, tides.content, tides.keys) == ("Tides", "x", ("tide",))
    assert (tides.priority, tides.insertion_order, tides.enabled) == (3, 7, False)
    assert (book.name, book.scan_depth, book.token_budget) == ("Sea", 5, 99)


def test_an_entry_of_another_program_has_all_that_agnai_asks_for():
    book = load_lorebook({"name": "Sea", "entries": [{"keys": ["tide"], "content": "x", "comment": "Tides"}]})
    assert to_memory_book(book) == {
        "kind": "memory",
        "name": "Sea",
        "description": "",
        "entries": [
            {"name": "Tides", "comment": "Tides", "entry": "x", "keywords": ["tide"]}
            | {"priority": 0, "weight": 0, "enabled": True}
        ],
    }
