"""Dice that fall the same way for the same seed, whatever else is thrown."""

import hashlib

__all__ = ["roll"]


def roll(seed: str, *parts: str) -> float:
    """Return a number of [0, 1) that depends on nothing but the arguments."""
    digest = hashlib.sha256("\0".join((seed, *parts)).encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:7], "big") / 2**56
