"""Filters: every one starts from a user, so that none can be built that crosses from one tenant to another."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from qdrant_client import models

from langgraph_roleplay.memory.records import Scope, Selection

__all__ = [
    "abandoned",
    "alive",
    "among",
    "around",
    "corpus",
    "current",
    "older",
    "outdated",
    "replacing",
    "resting_on",
    "resumed",
    "retracted",
    "selected",
    "successors",
    "undistilled",
    "visible",
]


def _is(key: str, value: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def _among(key: str, values: Collection[str]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=sorted(set(values))))


def corpus(scope: Scope) -> models.Filter:
    """All that this character knows of this user: what word rarity is measured on.

    The words of others neither leak through it nor skew it.
    """
    return models.Filter(must=[_is("user", scope.user), _is("knows", scope.character)])


def visible(scope: Scope, *, exclude: Collection[str] = (), ids: Sequence[str] | None = None) -> models.Filter:
    """What the scope may see: what the character knows by now, on its branch of its thread, and alive elsewhere.

    What a visible memory supersedes is among it (`successors`).
    """
    must: list[Any] = [
        _is("user", scope.user),
        _is("knows", scope.character),
        _is("retracted", 0),
        _branch(scope),
        *_among_confidants(scope),
        *_by_now(scope),
    ]
    if ids is not None:
        must.append(models.HasIdCondition(has_id=list(ids)))
    return models.Filter(must=must, must_not=[_among("message_id", exclude)] if exclude else None)


def outdated(scope: Scope) -> models.Filter:
    """What the scope may see and something may supersede."""
    return models.Filter(must=[visible(scope), _is("outdated", 1)])


def successors(scope: Scope, ids: Sequence[str]) -> models.Filter:
    """Visible memories that supersede one of `ids`."""
    return models.Filter(must=[visible(scope), _among("supersedes", ids)])


def around(scope: Scope, places: Collection[tuple[str, int]], *, turns: int) -> models.Filter:
    """Turns that the scope may see, at most `turns` before or after one of the places (thread, turn)."""
    near: list[models.Condition] = [
        models.Filter(
            must=[
                _is("thread", thread),
                models.FieldCondition(key="turn", range=models.Range(gte=turn - turns, lte=turn + turns)),
            ]
        )
        for thread, turn in sorted(places)
    ]
    return models.Filter(must=[visible(scope), _is("kind", "turn"), models.Filter(should=near)])


def _branch(scope: Scope) -> models.Condition:
    alive = _is("abandoned", 0)
    if scope.thread is None or scope.branch is None:
        return alive
    elsewhere = models.Filter(must=[alive], must_not=[_is("thread", scope.thread)])
    # A memory without a key stands on every branch.
    loose = models.Filter(must=[_is("thread", scope.thread), _is("key", ""), alive])
    if not scope.branch:
        return models.Filter(should=[elsewhere, loose])
    here = models.Filter(must=[_is("thread", scope.thread), _among("key", scope.branch)])
    return models.Filter(should=[elsewhere, here, loose])


def _among_confidants(scope: Scope) -> list[models.Condition]:
    listeners = sorted({*scope.audience} - {scope.character, scope.user})
    if not listeners:
        return []
    shared = models.Filter(must=[_is("knows", listener) for listener in listeners])
    return [models.Filter(should=[_is("secret", 0), shared])]


def _by_now(scope: Scope) -> list[models.Condition]:
    if scope.story_time is None:
        return []
    return [models.FieldCondition(key="story_time", range=models.Range(lte=scope.story_time))]


def selected(selection: Selection) -> models.Filter:
    """All that a user's selection names, seen or not."""
    must: list[Any] = [_is("user", selection.user)]
    for name in ("character", "thread", "kind"):
        if (value := getattr(selection, name)) is not None:
            must.append(_is(name, value))
    if selection.message_ids is not None:
        must.append(_among("message_id", selection.message_ids))
    if selection.ids is not None:
        must.append(models.HasIdCondition(has_id=list(selection.ids)))
    return models.Filter(must=must)


def alive(selection: Selection) -> models.Filter:
    """What of a selection is on a living branch and not taken back; what it is replaced by is not looked at."""
    return models.Filter(must=[selected(selection), _is("abandoned", 0), _is("retracted", 0)])


def current(selection: Selection, *, outdated: int = 0) -> models.Filter:
    """What of a selection is alive and nothing replaces; with 1 what something replaces, alive or not (`holding`)."""
    return models.Filter(must=[alive(selection), _is("outdated", outdated)])


def replacing(selection: Selection, ids: Sequence[str]) -> models.Filter:
    """What of a selection is alive and supersedes one of `ids`."""
    return models.Filter(must=[alive(selection), _among("supersedes", ids)])


def undistilled(selection: Selection) -> models.Filter:
    """What of a selection holds and no layer above has been made of yet."""
    return models.Filter(must=[current(selection)], must_not=[_is("distilled", 1)])


def among(user: str, ids: Sequence[str]) -> models.Filter:
    """These memories of a user."""
    return models.Filter(must=[_is("user", user), models.HasIdCondition(has_id=list(ids))])


def resting_on(user: str, ids: Sequence[str]) -> models.Filter:
    """Memories of a user that name one of `ids` as evidence."""
    return models.Filter(must=[_is("user", user), _among("evidence", ids)])


def retracted(user: str, ids: Sequence[str]) -> models.Filter:
    """Those of these memories of a user that are taken back."""
    return models.Filter(must=[among(user, ids), _is("retracted", 1)])


def older(user: str, before: datetime) -> models.Filter:
    """Memories of a user that were made before a moment (aware)."""
    return models.Filter(
        must=[_is("user", user), models.FieldCondition(key="at", range=models.DatetimeRange(lt=before))]
    )


def abandoned(scope: Scope, *, turn: int) -> models.Filter:
    """Memories from `turn` on that are not on the scope's branch, and that nobody marked yet.

    One without a key stands on every branch.
    """
    late = models.FieldCondition(key="turn", range=models.Range(gte=turn))
    return models.Filter(
        must=[*_thread(scope), late, _is("abandoned", 0)], must_not=[_among("key", ("", *_branch_of(scope)))]
    )


def resumed(scope: Scope) -> models.Filter:
    """Memories on the scope's branch that were marked as abandoned when another branch was lived."""
    return models.Filter(must=[*_thread(scope), _among("key", _branch_of(scope)), _is("abandoned", 1)])


def _branch_of(scope: Scope) -> tuple[str, ...]:
    if scope.branch is None:
        raise ValueError("a branch is settled by its keys: give the scope a branch")
    return scope.branch


def _thread(scope: Scope) -> list[Any]:
    if scope.thread is None:
        raise ValueError("a branch is settled in a thread: give the scope one")
    return [_is("user", scope.user), _is("character", scope.character), _is("thread", scope.thread)]
