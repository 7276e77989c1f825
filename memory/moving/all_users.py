"""Filters that cross users: for moving whole homes, and for nothing else."""

from collections.abc import Iterable

from qdrant_client import models

__all__ = ["everything", "these"]


def everything() -> models.Filter:
    """All that a home has."""
    return models.Filter()


def these(ids: Iterable[str]) -> models.Filter:
    """The points with these ids, of whichever user."""
    return models.Filter(must=[models.HasIdCondition(has_id=list(ids))])
