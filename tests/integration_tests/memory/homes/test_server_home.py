"""What the server home makes of a server's answers, with a small HTTP server on the loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from langgraph_roleplay.errors import MemoryUnavailable
from langgraph_roleplay.memory import MemoryBank
from langgraph_roleplay.memory.homes.opening import home_exists, open_home


def collection(**metadata):
    """The parts of a collection's description that its client can't do without."""
    return {
        "status": "green",
        "optimizer_status": "ok",
        "segments_count": 1,
        "payload_schema": {},
        "config": {
            "params": {},
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
            "optimizer_config": {
                "deleted_threshold": 0.2,
                "vacuum_min_vector_number": 1000,
                "default_segment_number": 0,
                "flush_interval_sec": 5,
            },
            "metadata": metadata,
        },
    }


@pytest.fixture
def server():
    """Answers each path with the next of its answers (status, result); the last one stays."""
    answers, asked = {}, []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            listed = answers.get(self.path, [(404, None)])
            status, result = listed.pop(0) if len(listed) > 1 else listed[0]
            body = json.dumps({"result": result, "status": "ok", "time": 0}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield answers, asked, f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


ALIASES = {"aliases": [{"alias_name": "roleplay-memory", "collection_name": "c"}]}


async def test_a_busy_server_is_asked_again(server, embeddings):
    answers, asked, url = server
    made_with = collection(embedding="bag-of-words", dimension=64, schema=2)
    answers |= {"/aliases": [(503, None), (200, ALIASES)], "/collections/c": [(200, made_with)]}
    await (await MemoryBank.open(url, embeddings=embeddings)).close()
    assert asked.count("/aliases") == 2


async def test_a_server_has_a_collection_for_what_else_is_held(server):
    answers, _, url = server
    answers["/aliases"] = [(200, ALIASES)]
    assert await home_exists(url)
    assert not await home_exists(url, holding="library")
    with pytest.raises(MemoryUnavailable, match="there are no memories"):
        await open_home(url, fingerprint=None, holding="library")


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (404, 1), (500, 2), (503, 2), (429, 2)])
async def test_only_what_may_pass_is_tried_twice(server, embeddings, status, tries):
    answers, asked, url = server
    answers["/aliases"] = [(status, None)]
    with pytest.raises(MemoryUnavailable, match=str(status)):
        await MemoryBank.open(url, embeddings=embeddings)
    assert len(asked) == tries


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_is_told_at_once_and_never_shown(server, embeddings, status):
    answers, asked, url = server
    answers["/aliases"] = [(status, None)]
    with pytest.warns(UserWarning, match="insecure"), pytest.raises(MemoryUnavailable) as refused:
        await MemoryBank.open(url, embeddings=embeddings, api_key="tops3cret")
    assert len(asked) == 1
    assert "QDRANT_API_KEY" in str(refused.value)
    assert url in str(refused.value)
    assert "tops3cret" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["grpc", "grpcs"])
async def test_a_grpc_server_that_is_down_is_named(embeddings, scheme):
    with pytest.raises(MemoryUnavailable, match=f"{scheme}://127.0.0.1:9 failed: UNAVAILABLE"):
        await MemoryBank.open(f"{scheme}://127.0.0.1:9", embeddings=embeddings)


@pytest.mark.parametrize(
    ("code", "tries", "said"),
    [
        ("UNAVAILABLE", 2, "UNAVAILABLE"),
        ("DEADLINE_EXCEEDED", 1, "DEADLINE_EXCEEDED"),
        ("INVALID_ARGUMENT", 1, "INVALID_ARGUMENT"),
        ("UNAUTHENTICATED", 1, "QDRANT_API_KEY"),
        ("PERMISSION_DENIED", 1, "QDRANT_API_KEY"),
    ],
)
async def test_only_a_grpc_fault_that_may_pass_is_tried_twice(embeddings, code, tries, said):
    import grpc

    asked = []

    class Refusing(grpc.GenericRpcHandler):
        def service(self, details):
            async def refuse(_, context):
                asked.append(details.method)
                await context.abort(grpc.StatusCode[code], "no")

            return grpc.unary_unary_rpc_method_handler(refuse)

    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Refusing(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    with pytest.raises(MemoryUnavailable, match=said):
        await MemoryBank.open(f"grpc://127.0.0.1:{port}", embeddings=embeddings)
    await server.stop(None)
    assert len(asked) == tries


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (
            {"embedding": "other", "dimension": 64, "schema": 2},
            r"other \(64 dimensions\).*bag-of-words \(64.*roleplay memory reindex",
        ),
        ({"embedding": "bag-of-words", "dimension": 32, "schema": 2}, r"\(32 dimensions\).*\(64 dimensions\)"),
        ({"embedding": "bag-of-words", "dimension": 64, "schema": 99}, "schema 99"),
    ],
)
async def test_memories_of_another_embedding_or_newer_schema_are_refused(server, embeddings, metadata, said):
    answers, _, url = server
    answers |= {"/aliases": [(200, ALIASES)], "/collections/c": [(200, collection(**metadata))]}
    with pytest.raises(MemoryUnavailable, match=said):
        await MemoryBank.open(url, embeddings=embeddings)


async def test_a_server_that_is_down_is_named_without_its_credentials(embeddings):
    with pytest.raises(MemoryUnavailable) as error:
        await MemoryBank.open("http://me:secret@127.0.0.1:9", embeddings=embeddings)
    assert "127.0.0.1:9" in str(error.value)
    assert "secret" not in str(error.value)
