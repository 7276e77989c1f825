"""Something that is opened once, and not tried again at every turn while it fails."""

import asyncio

import pytest

from langgraph_roleplay import opened as module
from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.opened import Opened


def failing(tries, *, until=99):
    async def act():
        tries.append(len(tries))
        if len(tries) <= until:
            raise OSError("the server is down")
        return True

    return act


def make(opening, there=None):
    return Opened(opening, faults=lambda: (OSError,), there=there)


async def test_many_who_ask_at_once_open_it_once():
    opened = []

    async def opening():
        await asyncio.sleep(0.01)
        opened.append(1)
        return "it"

    thing = make(opening)
    assert await asyncio.gather(*(thing.get() for _ in range(5))) == ["it"] * 5
    assert opened == [1]


@pytest.mark.parametrize("asked", ["get", "exists"])
async def test_what_fails_is_left_alone_for_a_while_and_then_tried_again(monkeypatch, asked):
    tries: list[int] = []
    act = failing(tries, until=1)
    thing = make(act, there=act)
    for _ in range(3):
        with pytest.raises(MemoryUnavailable, match="the server is down"):
            await getattr(thing, asked)()
    assert len(tries) == 1
    monkeypatch.setattr(module, "_RETRY_AFTER", 0.0)
    assert await getattr(thing, asked)()


async def test_what_is_not_there_is_looked_for_again_after_a_moment(monkeypatch):
    answers = [False, True]

    async def there():
        return answers.pop(0)

    thing = make(failing([]), there=there)
    assert [await thing.exists(), await thing.exists()] == [False, False]
    monkeypatch.setattr(module, "_LOOK_AGAIN_AFTER", 0.0)
    assert await thing.exists()
