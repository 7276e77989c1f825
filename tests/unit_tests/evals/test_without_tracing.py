import os

import pytest
from langsmith.utils import tracing_is_enabled

from langgraph_roleplay.evals.offline import OfflineClient, without_tracing


def test_tracing_is_off_inside_and_as_it_was_afterwards(monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.delenv("LANGCHAIN_TRACING_V2", raising=False)
    with without_tracing():
        assert tracing_is_enabled() is False
    assert os.environ["LANGSMITH_TRACING"] == "true"
    assert "LANGCHAIN_TRACING_V2" not in os.environ


def test_tracing_comes_back_after_an_error_too(monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    with pytest.raises(ZeroDivisionError), without_tracing():
        _ = 1 / 0
    assert os.environ["LANGSMITH_TRACING"] == "true"


def test_the_offline_client_refuses_to_ask_anything():
    from langsmith.utils import LangSmithError

    with pytest.raises(LangSmithError, match="offline"):
        OfflineClient().request_with_retries("GET", "/info")
