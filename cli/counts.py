"""Counts in sentences."""

__all__ = ["counted", "memories"]


def counted(count: int, one: str, more: str) -> str:
    """`1 user` or `2 users`: the count, and the word that goes with it."""
    return f"{count} {one if count == 1 else more}"


def memories(count: int, one: str = "", more: str = "") -> str:
    """`1 memory` or `2 memories`, with the verb that goes with it, if any."""
    return counted(count, f"memory {one}".strip(), f"memories {more}".strip())
