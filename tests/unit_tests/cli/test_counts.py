import pytest

from langgraph_roleplay.cli.counts import counted, memories


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (memories(1), "1 memory"),
        (memories(0), "0 memories"),
        (memories(1, "is", "are"), "1 memory is"),
        (memories(1203, "is", "are"), "1203 memories are"),
        (counted(1, "user", "users"), "1 user"),
        (counted(2, "user", "users"), "2 users"),
    ],
)
def test_one_is_told_apart_from_more(told, line):
    assert told == line
