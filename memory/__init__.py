"""What is remembered: the bank and its homes."""

from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.branches import branch_keys, turns_on
from langgraph_roleplay.memory.records import Forgotten, Memory, RecalledMemory, Scope, Selection, Why

__all__ = [
    "Forgotten",
    "Memory",
    "MemoryBank",
    "RecalledMemory",
    "Scope",
    "Selection",
    "Why",
    "branch_keys",
    "turns_on",
]
