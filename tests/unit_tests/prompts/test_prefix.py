"""The prefix: built once for a conversation, also when prompts are composed in many threads."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from langgraph_roleplay.prompts.budget import Estimate
from langgraph_roleplay.prompts.prefix import build_prefix
from langgraph_roleplay.prompts.scene import Scene
from langgraph_roleplay.prompts.sections import Report


@dataclass(frozen=True, eq=False)
class Slow(Estimate):
    """Lets other threads run whenever it is looked up, as a real one may."""

    def __hash__(self):
        time.sleep(0)
        return 7

    def __eq__(self, other):
        time.sleep(0)
        return isinstance(other, Slow)


def scene(number):
    return Scene(char="Bea", user="Ann", language="en", description="x", greeting=f"Hello {number}.")


def test_threads_that_build_and_forget_prefixes_at_once_all_get_theirs():
    def build(number):
        return build_prefix(scene(number % 70), tokens=500, report=Report(Slow())).opening[-1].text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(build, range(1500))) == [f"Hello {number % 70}." for number in range(1500)]


def test_a_prefix_is_built_once():
    first, again = (build_prefix(scene(1), tokens=500, report=Report()) for _ in range(2))
    assert first is again
