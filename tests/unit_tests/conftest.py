"""Unit tests reach no network: sockets are blocked, unix sockets apart (asyncio needs a pair)."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.models import ScriptedEmbeddings


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The published sets, which lie beside the checkout and are no part of it."""
    root = Path(__file__).parents[2]
    folder = Path(os.environ.get("ROLEPLAY_SHARED_DATA", root.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set ROLEPLAY_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A home directory in which nobody has kept characters or documents."""
    return str(tmp_path_factory.mktemp("home"))


@pytest.fixture(autouse=True)
def _nobodys_home(empty_home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", empty_home)


@pytest.fixture
async def bank() -> AsyncIterator[MemoryBank]:
    """An empty memory bank that lives in this process."""
    bank = await MemoryBank.open(":memory:", embeddings=ScriptedEmbeddings())
    yield bank
    await bank.close()
