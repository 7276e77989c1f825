"""Filters and searches of `qdrant_client.models`, dumped as `EdgeHome` sends them, as Qdrant Edge's own objects."""

from typing import Any

import qdrant_edge as edge

from langgraph_roleplay.memory.homes.edge_wire import pack_vector, unpack_vector

__all__ = ["from_vectors", "to_filter", "to_point", "to_query"]

# Four times the asked hits are found on quantized vectors and scored on the whole ones: tried on 100,000 sentences,
# the list and its scores are those of an exact search, in a third of its time.
_EXACT = edge.QuantizationSearchParams(rescore=True, oversampling=4.0)


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
            kind = edge.RangeDateTime if isinstance(next(iter(bounds.values()), 0.0), str) else edge.RangeFloat
            return edge.FieldCondition(key, range=kind(**bounds))
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
    """A search by one vector for ids and scores; `using` names it.

    Raises:
        ValueError: it asks for something that has no translation.
    """
    known = ("query", "using", "filter", "limit", "params")
    _refuse_unknown(dump, known)
    params = {name: value for name, value in dump.get("params", {}).items() if value is not False}
    _refuse_unknown(params, ("idf",))
    corpus = params.get("idf", {}).get("corpus")
    return edge.QueryRequest(
        limit=dump["limit"],
        query=edge.Query.Nearest(_vector(dump["query"]), using=dump["using"]),
        filter=to_filter(dump.get("filter")),
        with_payload=False,
        params=edge.SearchParams(idf=edge.IdfParams(corpus=to_filter(corpus)) if corpus else None, quantization=_EXACT),
    )


def to_point(dump: dict[str, Any]) -> edge.Point:
    """A point with named vectors."""
    vectors = {name: _vector(vector) for name, vector in dump["vector"].items()}
    return edge.Point(dump["id"], vectors, dump["payload"])


def _vector(dump: str | dict[str, Any]) -> Any:
    return unpack_vector(dump) if isinstance(dump, str) else edge.SparseVector(dump["indices"], dump["values"])


def from_vectors(vectors: Any) -> dict[str, Any]:
    """A point's named vectors as they travel."""
    return {
        name: {"indices": vector.indices, "values": vector.values}
        if isinstance(vector, edge.SparseVector)
        else pack_vector(vector)
        for name, vector in vectors.items()
    }


def _refuse_unknown(dump: dict[str, Any], known: tuple[str, ...]) -> None:
    # A condition that is silently dropped would show one user's memories to another.
    if unknown := sorted(set(dump) - set(known)):
        raise ValueError(f"no translation of {', '.join(unknown)}")
