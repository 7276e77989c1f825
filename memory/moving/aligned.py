"""Two homes side by side, by rising id."""

from collections.abc import AsyncIterator
from typing import Any

from langgraph_roleplay.memory.home import Hit, Home
from langgraph_roleplay.memory.moving.all_users import everything
from langgraph_roleplay.memory.selecting import pages

__all__ = ["aligned", "changed_fields"]


async def aligned(one: Home, other: Home) -> AsyncIterator[tuple[Hit | None, Hit | None]]:
    """Every point of either home, beside the one with the same id in the other home if there is one."""
    left, right = _hits(one), _hits(other)
    first, second = await anext(left, None), await anext(right, None)
    while first is not None or second is not None:
        if second is None or (first is not None and first.id < second.id):
            yield first, None
            first = await anext(left, None)
        elif first is None or second.id < first.id:
            yield None, second
            second = await anext(right, None)
        else:
            yield first, second
            first, second = await anext(left, None), await anext(right, None)


async def _hits(home: Home) -> AsyncIterator[Hit]:
    async for page in pages(home, everything()):
        for hit in page:
            yield hit


def changed_fields(original: Hit, copy: Hit) -> dict[str, Any]:
    """The payload of `original` as far as that of `copy` differs; a missing field is None, which engines may drop."""
    fields = original.payload.keys() | copy.payload.keys()
    return {
        field: original.payload.get(field)
        for field in sorted(fields)
        if original.payload.get(field) != copy.payload.get(field)
    }
