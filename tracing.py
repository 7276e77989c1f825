"""What a trace of a turn says about it, and what it keeps to itself.

LangSmith is switched on by its own environment variables; LangChain and LangGraph then send every run. What is added
here is what a person looks for a turn by, on the run of the node that knows it and on the run of the whole turn. What
is held back is what a user says in a crisis.
"""

import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from langchain_core.runnables import ensure_config
from langchain_core.tracers.base import BaseTracer
from langsmith import Client, configure, run_trees
from langsmith.run_helpers import get_current_run_tree
from langsmith.run_trees import RunTree

from langgraph_roleplay.safety.crisis import speaks_of_self_harm
from langgraph_roleplay.safety.normalize import normalize
from langgraph_roleplay.state import State
from langgraph_roleplay.turn import branch_of, user_messages

__all__ = ["WITHHELD", "annotate_run", "guard_traces", "origin_of", "withhold_crisis"]

WITHHELD = "[withheld: a user in a crisis]"
_SHORT = 2000
_LINES_REMEMBERED = 8192
"""A conversation comes by again in every run of every turn; only its new lines cost a look."""


def annotate_run(**metadata: Any) -> None:
    """Add `metadata` to the current node's run and to its turn's run; nothing is done where no one traces.

    Give ids, numbers and short words, never texts: metadata is what traces are filtered by. A value that takes work
    may be given as a function of no arguments, which is called only when someone traces.
    """
    run = get_current_run_tree()
    if run is None:
        return
    known = {key: value() if callable(value) else value for key, value in metadata.items()}
    for each in (run, *_turn_of(run)):
        each.add_metadata(known)


def origin_of(state: State) -> str:
    """Key of the message that this turn goes on from; a reply and its swipes share it. Empty at the beginning."""
    branch = branch_of(state)
    before = branch[: len(branch) - len(user_messages(state))]
    return before[-1] if before else ""


def guard_traces() -> None:
    """Have LangSmith's client of this process withhold what users say in a crisis; nothing is opened or sent by it.

    It has to be in place before the first run of any graph, because a host's run carries the message before our node
    has seen it. A client that the host has set stays as it is (make it with `Client(anonymizer=withhold_crisis)`), as
    does one that the host sets later, or hands to a tracer of its own.
    """
    # No public name tells whether there is a client without making one; LangChain reads this one too.
    if run_trees._CLIENT is None:
        configure(client=_GuardedClient())


def withhold_crisis(value: Any) -> Any:
    """Plain JSON with `WITHHELD` in the place of every text in which a user speaks of dying or of hurting themselves.

    The rule is the one by which `check_input` knows such a message, so no later turn tells it either, neither in its
    history nor in a prompt.
    """
    if isinstance(value, str):
        return WITHHELD if _in_crisis(value) else value
    if isinstance(value, dict):
        return {key: withhold_crisis(item) for key, item in value.items()}
    if isinstance(value, list):
        # A message may come in parts, and the words of a sentence in several of them.
        told = _in_crisis("".join(part["text"] for part in value if _is_text(part)))
        return [{"type": "text", "text": WITHHELD}] if told else [withhold_crisis(item) for item in value]
    return value


class _GuardedClient(Client):
    """A client with `withhold_crisis` that is opened by the first who wants something of it.

    One that is made in the usual way reads the environment, starts its sending thread and asks the server about
    itself at once; this one is made when we are imported, where tracing may be off, or its variables not be set yet.
    """

    def __init__(self) -> None:
        self._gate = threading.RLock()
        self._opening = self._opened = False

    def __getattr__(self, name: str) -> Any:
        """What is missing is what the client's own `__init__` sets, or else missing for good."""
        with self._gate:
            if not (self._opened or self._opening):
                self._opening = True
                try:
                    super().__init__(anonymizer=withhold_crisis)
                    self._opened = True
                finally:
                    # One that could not be opened is tried again by the next run, as LangChain does it.
                    self._opening = False
        return object.__getattribute__(self, name)

    def flush(self, timeout: float | None = None) -> None:
        """Wait until all is sent: LangChain does so at the end of a program, where nothing may have been traced."""
        if self._opened:
            super().flush(timeout)


def _turn_of(run: RunTree) -> Iterator[RunTree]:
    """The run that `run` is a step of: LangChain's tracers know it by its id alone."""
    handlers = getattr(ensure_config().get("callbacks"), "handlers", [])
    for tracer in handlers:
        turn = tracer.run_map.get(str(run.parent_run_id)) if isinstance(tracer, BaseTracer) else None
        if turn is not None:
            yield turn


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _in_crisis(text: str) -> bool:
    joined = text.replace("\n", " ") if len(text) < _SHORT else ""  # a sentence may be broken over two lines
    return any(_line_in_crisis(line) for line in [*text.split("\n"), joined])


@lru_cache(maxsize=_LINES_REMEMBERED)
def _line_in_crisis(line: str) -> bool:
    visible = "".join(char for char in line if char == "\t" or unicodedata.category(char) not in ("Cc", "Cs"))
    return speaks_of_self_harm(normalize(visible))
