"""Nothing leaves: every connection and every look-up of a name is recorded, in a process set up to trace."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

WATCH = """
import asyncio, sys
seen = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        seen.append((event, str(args[1:] if event == "socket.connect" else args)))
sys.addaudithook(watch)
"""
OURS = """
from langgraph_roleplay.evals.run import run_suite
from langgraph_roleplay.models import ScriptedChatModel
from langgraph_roleplay.settings import read_settings
answering = ScriptedChatModel(["A curious thing, to be sure."], loop=True)
judge = ScriptedChatModel(['{"reason": "It does.", "value": "pass"}'], loop=True)
result = asyncio.run(run_suite("conversation", settings=read_settings(), model=answering, judge=judge, limit=2))
assert len(result.cases) == 2 and result.cases[1].scores["faultless"]["score"] is not None
"""
STOCK = """
import uuid, warnings
from langsmith import aevaluate, Client
from langsmith.schemas import Example
async def target(inputs): return {"reply": "secret words"}
async def run():
    client = Client()
    await aevaluate(target, data=[Example(id=uuid.uuid4(), inputs={}, outputs={})], upload_results=False, client=client)
    client.flush()
asyncio.run(run())
"""


class _Collector(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        self.send_response(503)
        self.end_headers()

    do_POST = do_PATCH = do_GET

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[HTTPServer]:
    """A server that LangSmith's variables point to; it only writes down what it is asked."""
    _Collector.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Collector)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def run(code: str, collector: HTTPServer, tmp_path: Path, **more: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LANG", "ROLEPLAY", "RAGAS"))}
    environ |= {
        "ROLEPLAY_HOME": str(tmp_path / "home"),
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_API_KEY": "key",
        "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{WATCH}{code}\nprint(len(seen), *seen)"],
        env={name: value for name, value in (environ | more).items() if value},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"LANGSMITH_TRACING_MODE": "hybrid"},
        {"LANGSMITH_ENDPOINT": "", "LANGSMITH_RUNS_ENDPOINTS": '[{"api_url": "http://127.0.0.1:9", "api_key": "key"}]'},
    ],
    ids=["tracing on", "hybrid", "replicas"],
)
def test_an_eval_opens_no_connection_and_looks_up_no_name_while_tracing_is_on(collector, tmp_path, more):
    assert run(OURS, collector, tmp_path, **more) == "0"
    assert _Collector.asked == []


def test_stock_aevaluate_would_have_been_caught(collector, tmp_path):
    assert not run(STOCK, collector, tmp_path).startswith("0")
    assert "GET /info" in _Collector.asked
    assert [line for line in _Collector.asked if line.startswith("POST /runs")]
