import asyncio
import subprocess
import sys
import time

import pytest

from langgraph_roleplay.cli.alone import alone_in
from langgraph_roleplay.errors import SettingsError

_HOLDER = """
import asyncio, sys
from pathlib import Path
from langgraph_roleplay.cli.alone import alone_in
async def hold():
    async with alone_in(sys.argv[2], folder=Path(sys.argv[1]), tell=print):
        print("held", flush=True)
        await asyncio.sleep(float(sys.argv[3]))
asyncio.run(hold())
"""


def holder(folder, thread, seconds):
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(folder), thread, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


async def enter(folder, thread):
    """Seconds it took, and what was told."""
    told, begun = [], time.monotonic()
    async with alone_in(thread, folder=folder, tell=told.append):
        return time.monotonic() - begun, told


async def test_a_thread_held_by_another_process_is_waited_for_with_one_word(tmp_path):
    with await asyncio.to_thread(holder, tmp_path, "tea", 0.7) as other:
        beside = asyncio.create_task(asyncio.sleep(0.1))
        _, told = await enter(tmp_path, "tea")
        assert await asyncio.to_thread(other.wait, 5) == 0
        assert len(told) == 1
        assert beside.done()
    assert (await enter(tmp_path, "tea"))[1] == []


async def test_other_threads_are_not_waited_for_and_a_killed_holder_lets_go(tmp_path):
    with await asyncio.to_thread(holder, tmp_path, "tea", 60) as other:
        assert (await enter(tmp_path, "chess"))[1] == []
        other.kill()
        seconds, _ = await enter(tmp_path, "tea")
        assert seconds < 5


async def test_a_folder_without_room_for_locks_is_named(tmp_path):
    (tmp_path / "locks").touch()
    with pytest.raises(SettingsError, match="locks"):
        await enter(tmp_path / "locks", "tea")
