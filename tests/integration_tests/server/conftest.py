"""A LangGraph server on langgraph.json, and a model over HTTP that answers what a test needs."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from langgraph_roleplay.settings import Settings

ROOT = Path(__file__).parents[3]
REPLIES = (
    "You have been in the rain, I perceive. Pray sit by the fire. The kettle is on.",
    "A hound left that mark. Its owner limps. We leave at dawn.",
    "My violin waits upstairs. Listen to the fog outside. Nobody walks in it tonight.",
)
_PATIENCE = 60.0


class _Model(BaseHTTPRequestHandler):
    """Speaks OpenAI's protocol. `deeply` in the prompt gets a draft to be sent back; `slowly`, pauses between words."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if asked.get("stream") else "application/json")
        self.end_headers()
        text = _answer(asked)
        if not asked.get("stream"):
            message = {"role": "assistant", "content": text}
            self._write(json.dumps(_completion("message", message, reason="stop")))
            return
        pause = 0.1 if "slowly" in str(asked["messages"][-1]) else 0.0
        for word in re.findall(r"\S+\s*", text):
            time.sleep(pause)
            self._write(f"data: {json.dumps(_completion('delta', {'role': 'assistant', 'content': word}))}\n\n")
        self._write(f"data: {json.dumps(_completion('delta', {}, reason='stop'))}\n\n")
        self._write("data: [DONE]\n\n")

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _ModelServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up in the middle is what some tests are about."""


def _completion(part: str, content: dict[str, Any], *, reason: str | None = None) -> dict[str, Any]:
    kind = "chat.completion" if part == "message" else "chat.completion.chunk"
    choice = {"index": 0, part: content, "finish_reason": reason}
    return {"id": "1", "object": kind, "created": 0, "model": "scripted", "choices": [choice]}


def _answer(asked: dict[str, Any]) -> str:
    prompt = str(asked["messages"])
    fields = str(asked.get("response_format", ""))
    if "verdict" in fields:
        bad = "SECRET-DRAFT" in prompt
        return json.dumps({"reason": "SECRET-CRITIQUE", "verdict": "redo" if bad else "keep"})
    if fields:
        return json.dumps({"intent": "SECRET-PLAN", "emotion": "calm", "goal": "help", "avoid": "haste"})
    drafting = "deeply" in prompt and "SECRET-DRAFT" not in prompt
    said = sum(message["role"] == "assistant" for message in asked["messages"])
    return "SECRET-DRAFT is my first thought." if drafting else REPLIES[said % len(REPLIES)]


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    home: Path
    log_file: Path
    environ: dict[str, str]

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def replies() -> tuple[str, ...]:
    """What the model says, one after another: a character that repeats itself is cut short."""
    return REPLIES


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    with _ModelServer(("127.0.0.1", 0), _Model) as model:
        threading.Thread(target=model.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{model.server_port}/v1"
        model.shutdown()


@pytest.fixture(scope="module")
def served(weights_settings: Settings, model_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`langgraph dev` on a copy of langgraph.json, because it leaves its threads in the folder where it runs."""
    folder, home = tmp_path_factory.mktemp("served"), tmp_path_factory.mktemp("home")
    shutil.copy(ROOT / "langgraph.json", folder)
    (home / "weights").symlink_to(weights_settings.weights)
    environ = _environ(home, model_url)
    port = _free_port()
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload", "--port", str(port)]
    log_file = folder / "server.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=subprocess.STDOUT)
    server = Served(f"http://127.0.0.1:{port}", home, log_file, environ)
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE)


def _environ(home: Path, model_url: str) -> dict[str, str]:
    theirs = ("ROLEPLAY_", "QDRANT_", "LANGSMITH_", "LANGCHAIN_", "OPENAI_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    ours = {"ROLEPLAY_HOME": str(home), "OPENAI_BASE_URL": model_url, "OPENAI_API_KEY": "any"}
    return plain | ours | {"LANGSMITH_TRACING": "false", "NO_PROXY": "127.0.0.1", "NO_COLOR": "1"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: Served, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{server.url}/ok", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{server.log}")
