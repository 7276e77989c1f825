"""Counting by a server: one request for many texts where it takes them, none twice, an estimate where it fails."""

import json

import httpx
from langchain_openai import ChatOpenAI

from langgraph_roleplay.models import ModelProfile, ScriptedChatModel, tokens_of
from langgraph_roleplay.models.counting import ServerTokens
from langgraph_roleplay.prompts.budget import ESTIMATE, estimate_tokens


class Server:
    """Counts letters; as llama.cpp does, or as vLLM, which takes one text a request."""

    def __init__(self, *, many=True, broken=False):
        self.many, self.broken, self.asked = many, broken, []

    def __call__(self, request):
        if self.broken:
            raise httpx.ConnectError("gone")
        content = json.loads(request.content)["content"]
        self.asked.append(content)
        if isinstance(content, str):
            return httpx.Response(200, json={"tokens": [7] * len(content)})
        if not self.many:
            return httpx.Response(422, json={"error": "prompt is missing"})
        tokens = [token for part in content for token in ([7] * len(part) if isinstance(part, str) else [part])]
        return httpx.Response(200, json={"tokens": tokens})

    def counter(self):
        return ServerTokens(httpx.Client(transport=httpx.MockTransport(self), base_url="http://server"), model="m")


def test_many_texts_are_counted_with_one_request_and_none_twice():
    server = Server()
    counter = server.counter()
    counter.prepare(["ab", "", "abcd", "ab"])
    counter.prepare(["ab", "abcd"])
    assert [counter.count(text) for text in ("ab", "abcd", "abc")] == [2, 4, 3]
    assert len(server.asked) == 2


def test_a_server_that_takes_one_text_a_request_is_asked_text_by_text():
    counter = Server(many=False).counter()
    counter.prepare(["ab", "abcd"])
    assert [counter.count(text) for text in ("ab", "abcd")] == [2, 4]


def test_a_server_that_is_gone_is_estimated_for():
    text = "He plays the violin."
    assert Server(broken=True).counter().count(text) == estimate_tokens(text)


async def test_a_model_without_such_a_server_is_estimated_for():
    for model in (ScriptedChatModel(["x"]), ChatOpenAI(model="gpt-5", api_key="k")):
        assert (await tokens_of(model, ModelProfile())).counter is ESTIMATE
