"""Filters and searches of `qdrant_client.models`, dumped to JSON, as Qdrant Edge's own objects."""

from typing import Any

import qdrant_edge as edge

__all__ = ["to_filter", "to_point", "to_query"]


def to_filter(dump: dict[str, Any] | None) -> edge.Filter | None:
    """A filter; None stays None.

    Raises:
        ValueError: a condition that has no translation, named.
    """
    if dump is None:
        return None
    _refuse_unknown(dump, ("must", "should", "must_not"))
    must, should, must_not = (_conditions(dump.get(key)) for key in ("must", "should", "must_not"))
    return edge.Filter(must=must, should=should, must_not=must_not)


def _conditions(dump: list[dict[str, Any]] | dict[str, Any] | None) -> list[Any] | None:
    if dump is None:
        return None
    return [_condition(one) for one in (dump if isinstance(dump, list) else [dump])]


def _condition(dump: dict[str, Any]) -> Any:
    match dump:
        case {"key": key, "match": match, **rest} if not rest:
            return edge.FieldCondition(key, match=_match(match))
        case {"key": key, "range": bounds, **rest} if not rest:
            return edge.FieldCondition(key, range=edge.RangeFloat(**bounds))
        case {"has_id": ids, **rest} if not rest:
            return edge.HasIdCondition(set(ids))
        case {"must": _} | {"should": _} | {"must_not": _}:
            return to_filter(dump)
    raise ValueError(f"no translation of the condition {sorted(dump)}")


def _match(dump: dict[str, Any]) -> Any:
    match dump:
        case {"value": value} if not isinstance(value, bool):  # Edge would compare it as a number
            return edge.MatchValue(value)
        case {"any": values}:
            return edge.MatchAny(values)
    raise ValueError(f"no translation of the match {sorted(dump)}")


def to_query(dump: dict[str, Any]) -> edge.QueryRequest:
    """A search by one vector; `using` names it.

    Raises:
        ValueError: it asks for something that has no translation.
    """
    known = ("query", "using", "filter", "limit", "with_payload", "params")
    _refuse_unknown(dump, known)
    corpus = dump.get("params", {}).get("idf", {}).get("corpus")
    return edge.QueryRequest(
        limit=dump["limit"],
        query=edge.Query.Nearest(_vector(dump["query"]), using=dump["using"]),
        filter=to_filter(dump.get("filter")),
        with_payload=dump.get("with_payload"),
        params=edge.SearchParams(idf=edge.IdfParams(corpus=to_filter(corpus))) if corpus else None,
    )


def to_point(dump: dict[str, Any]) -> edge.Point:
    """A point with named vectors."""
    vectors = {name: _vector(vector) for name, vector in dump["vector"].items()}
    return edge.Point(dump["id"], vectors, dump["payload"])


def _vector(dump: list[float] | dict[str, Any]) -> Any:
    return dump if isinstance(dump, list) else edge.SparseVector(dump["indices"], dump["values"])


def _refuse_unknown(dump: dict[str, Any], known: tuple[str, ...]) -> None:
    # A condition that is silently dropped would show one user's memories to another.
    if unknown := sorted(set(dump) - set(known)):
        raise ValueError(f"no translation of {', '.join(unknown)}")
