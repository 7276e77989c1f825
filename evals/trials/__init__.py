"""Trials: what must never happen, tried often; `make trials` runs them whole, the test suite a small share of each."""
