"""Benches: each measures us beside a rival in the same run and prints data, sizes and command."""
