import _thread
import asyncio
import threading

import pytest

from langgraph_roleplay.cli.loop import LoopThread


async def _double(number):
    await asyncio.sleep(0)
    return 2 * number


async def _fail():
    raise ValueError("no")


def test_work_gives_its_result_or_raises():
    with LoopThread() as loop:
        assert loop.run(_double(21)) == 42
        with pytest.raises(ValueError, match="no"):
            loop.run(_fail())


def test_ctrl_c_cancels_the_work_and_waits_until_it_has_tidied_up():
    tidied = []

    async def work():
        try:
            threading.Timer(0.1, _thread.interrupt_main).start()
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            tidied.append(True)

    with LoopThread() as loop:
        with pytest.raises(KeyboardInterrupt):
            loop.run(work())
        assert tidied == [True]
        assert loop.run(_double(1)) == 2


def test_background_work_is_ended_when_the_loop_is():
    ended = []

    async def forever():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    with LoopThread() as loop:
        loop.start(forever())
        loop.run(asyncio.sleep(0.01))
    assert ended == [True]
