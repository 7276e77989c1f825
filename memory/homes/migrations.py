"""Payloads of older schemas as payloads of schema 2.

Kept apart from `points`, because the owner process of an Edge folder must not wait for qdrant-client's import.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from langgraph_roleplay.memory.ranking.cues import asks

__all__ = ["ALWAYS", "upgraded"]

ALWAYS = -1e300
"""Story time of what has none: before all of it. (JSON knows no infinity.)"""

_NEW_IN_2: Mapping[str, Any] = MappingProxyType(
    {
        "confidence": 1.0,
        "distilled": 0,
        "evidence": [],
        "importance": 0.5,
        "key": "",
        "observers": None,
        "outdated": 0,
        "relation": None,
        "secrecy": "open",
        "secret": 0,
        "session": None,
        "source": "saw",
        "story_time": ALWAYS,
        "subject": None,
        "supersedes": [],
        "told_by": None,
        "trust": 1.0,
        "truth": None,
        "turn": None,
    }
)


def upgraded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of a point of schema 1; one of schema 2 is given back as it is.

    What schema 1 called retracted had been left with its branch. It knew branches by message, so its memories have no
    key: those of a living branch stand on every branch now.
    """
    if payload["schema"] >= 2:
        return dict(payload)
    text = payload["text"]
    changed = {
        "abandoned": payload["retracted"],
        "asks": int(asks(text)),
        "length": len(text),
        "retracted": 0,
        "schema": 2,
    }
    return {**_NEW_IN_2, **payload, **changed}
