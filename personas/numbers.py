"""Numbers that were written as text."""

import math

__all__ = ["as_whole", "read_number"]

_EXACT = 2**53


def read_number(text: str) -> int | float | None:
    """Return the number that a text says, whole where it is whole.

    Infinity, NaN and what is too large to be a float are no numbers: JSON has no way to write them.

    Returns:
        None where the text says no number.
    """
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return as_whole(number)


def as_whole(number: float) -> int | float:
    """Return a number that is whole as one, unless it is so large that most of its digits are made up."""
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number
