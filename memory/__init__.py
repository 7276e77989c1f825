"""What is remembered: the bank and its homes."""

from langgraph_roleplay.memory.bank import MemoryBank
from langgraph_roleplay.memory.records import Memory, RecalledMemory, Scope, Why

__all__ = ["Memory", "MemoryBank", "RecalledMemory", "Scope", "Why"]
