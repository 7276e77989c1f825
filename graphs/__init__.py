"""Drawings: one file a graph, with `builder` and `graph`."""
