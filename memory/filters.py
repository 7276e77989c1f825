"""Filters: every one starts from a scope, so that none can be built without its user and character."""

from collections.abc import Collection, Sequence
from typing import Any

from qdrant_client import models

from langgraph_roleplay.memory.records import Scope

__all__ = ["abandoned", "corpus", "everything", "resumed", "visible"]


def _is(key: str, value: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def _among(key: str, values: Collection[str]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=sorted(set(values))))


def _owner(scope: Scope) -> list[Any]:
    return [_is("user", scope.user), _is("character", scope.character)]


def corpus(scope: Scope) -> models.Filter:
    """All of this user and character: what word rarity is measured on, so that no other tenant's words skew it."""
    return models.Filter(must=_owner(scope))


def everything(scope: Scope) -> models.Filter:
    """All that was kept in the scope, seen or not: of its thread where it names one, else of every thread."""
    thread = [_is("thread", scope.thread)] if scope.thread else []
    return models.Filter(must=[*_owner(scope), *thread])


def visible(scope: Scope, *, exclude: Collection[str] = (), ids: Sequence[str] | None = None) -> models.Filter:
    """What the scope may see: its own branch of its thread, and the living branch of every other thread."""
    must = [*_owner(scope), _is("knows", scope.character), _branch(scope)]
    if ids is not None:
        must.append(models.HasIdCondition(has_id=list(ids)))
    return models.Filter(must=must, must_not=[_among("message_id", exclude)] if exclude else None)


def _branch(scope: Scope) -> models.Condition:
    alive = _is("retracted", 0)
    if scope.thread is None or scope.lineage is None:
        return alive
    elsewhere = models.Filter(must=[alive], must_not=[_is("thread", scope.thread)])
    # A memory that was made of no message stands on no branch, so only a retraction hides it.
    loose = models.Filter(must=[_is("thread", scope.thread), _is("message_id", ""), alive])
    if not scope.lineage:
        return models.Filter(should=[elsewhere, loose])
    here = models.Filter(must=[_is("thread", scope.thread), _among("message_id", scope.lineage)])
    return models.Filter(should=[elsewhere, here, loose])


def abandoned(scope: Scope, *, turn: int, message_ids: Collection[str]) -> models.Filter:
    """Memories from `turn` on whose message is not on the branch, and that nobody marked yet."""
    late = models.FieldCondition(key="turn", range=models.Range(gte=turn))
    return models.Filter(
        must=[*_thread(scope), late, _is("retracted", 0)],
        must_not=[_among("message_id", message_ids)] if message_ids else None,
    )


def resumed(scope: Scope, *, message_ids: Collection[str]) -> models.Filter:
    """Memories on the branch that were retracted when another branch was lived."""
    return models.Filter(must=[*_thread(scope), _among("message_id", message_ids), _is("retracted", 1)])


def _thread(scope: Scope) -> list[Any]:
    if scope.thread is None:
        raise ValueError("a branch is settled in a thread: give the scope one")
    return [*_owner(scope), _is("thread", scope.thread)]
