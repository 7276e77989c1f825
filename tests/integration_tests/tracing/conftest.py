"""A stand-in for LangSmith and for an OpenTelemetry collector, on loopback, and a program that is traced by it."""

import email
import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

# Without any one of these LangSmith's sending thread dies of a KeyError, and a flush waits for ever.
_INGEST = {
    "use_multipart_endpoint": True,
    "size_limit": 100,
    "size_limit_bytes": 20_971_520,
    "scale_up_qsize_trigger": 1000,
    "scale_up_nthreads_limit": 16,
    "scale_down_nempty_trigger": 4,
}
_SECONDS = 60


@dataclass
class Collector:
    """What was sent, as it came in and put together."""

    url: str = ""
    multipart: bool = True
    """Whether it takes multipart bodies, packed by zstd, as LangSmith does; else plain JSON."""
    replies: list[str] = field(default_factory=list)
    """What the character said meanwhile."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each request."""
    bodies: list[bytes] = field(default_factory=list)
    """What each request said, unpacked."""
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """LangSmith's runs by id: what was posted, overlaid by what was patched."""
    spans: list[Span] = field(default_factory=list)
    """OpenTelemetry's spans."""

    @property
    def text(self) -> str:
        """All that was sent, to look for words in."""
        return b"\n".join(self.bodies).decode(errors="replace")

    def named(self, name: str, *, kind: str = "chain") -> list[dict[str, Any]]:
        """The runs of that name and run type, in the order of their start."""
        found = [run for run in self.runs.values() if run["name"] == name and run["run_type"] == kind]
        return sorted(found, key=lambda run: run["dotted_order"])

    def info(self) -> dict[str, Any]:
        """What LangSmith says of itself."""
        ingest = _INGEST | {"use_multipart_endpoint": self.multipart}
        return {
            "version": "0.13.0",
            "batch_ingest_config": ingest,
            "instance_flags": {"zstd_compression_enabled": self.multipart},
        }

    def take(self, path: str, body: bytes, content_type: str) -> None:
        """Read one posted body."""
        self.bodies.append(body)
        if path.endswith("/runs/multipart"):
            self._take_parts(body, content_type)
        elif path.endswith("/runs/batch"):
            sent = json.loads(body)
            for run in [*sent.get("post", []), *sent.get("patch", [])]:
                self._merge(run["id"], run)
        elif path.endswith("/v1/traces"):
            sent = ExportTraceServiceRequest.FromString(body)
            self.spans += [span for one in sent.resource_spans for scope in one.scope_spans for span in scope.spans]

    def _take_parts(self, body: bytes, content_type: str) -> None:
        """Parts are named `post.<id>` for a run and `post.<id>.inputs` for a field of it, or `patch.` likewise."""
        message = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
        for part in message.get_payload():
            _, run_id, *names = str(part.get_param("name", header="content-disposition")).split(".")
            value = json.loads(part.get_payload(decode=True))
            self._merge(run_id, {names[0]: value} if names else value)

    def _merge(self, run_id: str, sent: dict[str, Any]) -> None:
        self.runs.setdefault(run_id, {}).update({key: value for key, value in sent.items() if value is not None})


def _handler(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            collector.requests.append(f"GET {self.path}")
            self._answer(200, collector.info() if self.path.endswith("/info") else {})

        def do_POST(self) -> None:
            collector.requests.append(f"POST {self.path}")
            body = _unpacked(self._body(), self.headers.get("Content-Encoding", ""))
            collector.take(self.path, body, self.headers.get("Content-Type", ""))
            self._answer(202, {})

        do_PATCH = do_POST

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _answer(self, status: int, value: dict[str, Any]) -> None:
            said = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: Any) -> None:
            """Say nothing on stderr."""

    return Handler


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return gzip.decompress(body) if encoding == "gzip" else body


@contextmanager
def _listening(collector: Collector) -> Iterator[Collector]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(collector))
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield collector
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Collector]:
    """Say something, one message a turn, in a process of its own: LangSmith reads the environment only once.

    The messages are the arguments of `program`. Gives what was sent. OpenTelemetry has a path of its own, so that it
    can be told from LangSmith.
    """

    def trace(
        *messages: str, variables: dict[str, str], multipart: bool = True, program: str = "turns.py"
    ) -> Collector:
        ours = ("LANGSMITH", "LANGCHAIN", "OTEL", "ROLEPLAY")
        environ = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        command = [sys.executable, "-W", "error", str(Path(__file__).parent / program), *messages]
        with _listening(Collector(multipart=multipart)) as collector:
            environ |= {
                "ROLEPLAY_HOME": str(tmp_path_factory.mktemp("home")),
                "LANGSMITH_ENDPOINT": collector.url,
                "LANGSMITH_API_KEY": "key",
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"{collector.url}/otlp",
            }
            done = subprocess.run(
                command, env=environ | variables, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        assert done.returncode == 0, done.stderr
        collector.replies = done.stdout.splitlines()
        return collector

    return trace
