"""LangSmith without its server: nothing is sent, whatever the environment says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from langsmith import Client, tracing_context
from langsmith.schemas import LangSmithInfo
from langsmith.utils import LangSmithError, get_env_var

__all__ = ["OfflineClient", "without_tracing"]

_SWITCHES = ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING")


class OfflineClient(Client):
    """Lets `aevaluate` run without a server.

    `aevaluate(upload_results=False)` switches tracing on for its target all the same and hands each run to its
    client; and a client asks the server for its limits (GET /info) before anything else.
    """

    def __init__(self) -> None:
        super().__init__(
            api_url="http://offline.invalid",
            api_key="none",
            info=LangSmithInfo(),
            auto_batch_tracing=False,
            tracing_mode="langsmith",
        )

    def create_run(self, *args: Any, **kwargs: Any) -> None:
        """Drop the run."""

    def update_run(self, *args: Any, **kwargs: Any) -> None:
        """Drop the update."""

    def request_with_retries(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse.

        Raises:
            LangSmithError: always.
        """
        raise LangSmithError("an offline eval asks LangSmith nothing")


@contextmanager
def without_tracing() -> Iterator[None]:
    """Switch tracing off for what happens inside.

    The context alone would keep the runs here, but whoever reads the variables would still open a client.
    """
    before = {name: os.environ.get(name) for name in _SWITCHES}
    _set_switches(dict.fromkeys(_SWITCHES, "false"))
    try:
        with tracing_context(enabled=False):
            yield
    finally:
        _set_switches(before)


def _set_switches(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    get_env_var.cache_clear()  # type: ignore[attr-defined]  # its overloads hide the cache that reads a variable once
