"""Counting by a server: one request for many texts where it takes them, none twice, an estimate where it fails."""

import asyncio
import json

import httpx
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_openai import ChatOpenAI

from langgraph_roleplay.models import ModelProfile, ScriptedChatModel, counting, token_server, tokens_of
from langgraph_roleplay.models.counting import ServerTokens
from langgraph_roleplay.models.token_server import TokenServer
from langgraph_roleplay.prompts.budget import ESTIMATE, Budget, estimate_tokens
from langgraph_roleplay.prompts.compose import Scene, compose_prompt

QUOTE = '"'
SCENE = Scene(char="Bea", user="Ann", language="en", description="A sailor.")


class Server:
    """Counts letters, a quotation mark is token 1; as llama.cpp does, or as vLLM, which takes one text a request."""

    def __init__(self, *, many=True):
        self.many, self.fault, self.asked = many, None, []
        self.tokens = TokenServer(
            httpx.Client(transport=httpx.MockTransport(self), base_url="http://server"), model="m"
        )

    def __call__(self, request):
        content = json.loads(request.content)["content"]
        self.asked.append(content)
        if isinstance(self.fault, Exception):
            raise self.fault
        if self.fault or (not self.many and not isinstance(content, str)):
            return httpx.Response(self.fault or 422, json={"error": "prompt is missing"})
        parts = [content] if isinstance(content, str) else content
        tokens = [token for part in parts for token in ([part] if isinstance(part, int) else map(number, part))]
        return httpx.Response(200, json={"tokens": list(tokens)})

    def counter(self, **options):
        return ServerTokens(self.tokens, **options)


def number(letter):
    return 1 if letter == QUOTE else 7


def talk(messages):
    kinds = (HumanMessage, AIMessage)
    return [kinds[place % 2](f"number {place} was said") for place in range(messages)]


def compose(counter, history, message="Hi."):
    return compose_prompt(SCENE, history=history, message=message, budget=Budget(8000), counter=counter)


@pytest.fixture
def clock(monkeypatch):
    """Time that stands still until it is moved."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(token_server, "time", clock)
    monkeypatch.setattr(counting, "time", clock)
    return clock


def test_many_texts_are_counted_with_one_request_and_none_twice():
    server = Server()
    for _ in range(2):
        server.counter().prepare(["ab", "", "abcd", "ab"])
    assert [server.counter().count(text) for text in ("ab", "abcd", "abc", "")] == [2, 4, 3, 0]
    assert len(server.asked) == 2


@pytest.mark.parametrize("odd", [QUOTE, f'{QUOTE}{QUOTE} "yes" {QUOTE}', "-1", "1"])
def test_no_text_is_taken_for_the_mark_between_texts(odd):
    server = Server()
    counter = server.counter()
    counter.prepare(["ab", odd, "abc"])
    assert [counter.count(text) for text in ("ab", odd, "abc")] == [2, len(odd), 3]
    assert len(server.asked) == 1


def test_a_prompt_over_two_hundred_messages_takes_few_requests():
    server = Server()
    history = talk(200)
    history[3] = AIMessage(f"she said {QUOTE} yes {QUOTE}")
    compose(server.counter(), history)
    assert len(server.asked) < 10


def test_a_server_that_takes_one_text_a_request_is_asked_text_by_text():
    server = Server(many=False)
    for texts in (["ab", "abcd"], ["x", "xyz"]):
        counter = server.counter()
        counter.prepare(texts)
        assert [counter.count(text) for text in texts] == [len(text) for text in texts]
        assert counter.exact
    assert sum(not isinstance(content, str) for content in server.asked) == 1


@pytest.mark.parametrize("fault", [httpx.ReadTimeout("late"), httpx.ConnectError("gone"), 500, 503])
def test_a_server_that_fails_is_estimated_for_left_alone_and_asked_again_later(clock, fault):
    server, text = Server(), "He plays the violin."
    server.fault = fault
    composed = compose(server.counter(), talk(200))
    assert len(server.asked) == 1
    assert not any(note["counted"] for note in composed.report)
    assert server.counter().count(text) == estimate_tokens(text)
    server.fault, clock.now = None, clock.now + 59
    assert not all(note["counted"] for note in compose(server.counter(), talk(200)).report)
    assert len(server.asked) == 1
    clock.now += 2
    composed = compose(server.counter(), talk(200))
    assert all(note["counted"] for note in composed.report)
    assert any(not isinstance(content, str) for content in server.asked[1:])


def test_one_prompt_waits_no_longer_than_two_seconds(clock):
    server = Server(many=False)
    slow = server.__call__

    def answer(request):
        clock.now += 0.25
        return slow(request)

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://server")
    server.tokens = TokenServer(client, model="m")
    began, counter = clock.now, server.counter()
    composed = compose(counter, talk(200))
    assert clock.now - began <= 2
    assert not composed.report[-1]["counted"]
    # What was counted is kept: a few turns later all of it is.
    counted = [compose(server.counter(), talk(200)).report[-1]["counted"] for _ in range(40)]
    assert counted == sorted(counted)
    assert 5 < counted.index(True) < 40


def test_a_very_long_conversation_is_counted_where_the_prompt_can_show_it():
    server = Server()
    history = talk(6000)
    first = compose(server.counter(), history)
    asked = sum(len(content) for content in server.asked if not isinstance(content, str))
    assert len(server.asked) < 20
    assert asked < 12_000
    assert all(note["counted"] for note in first.report)
    requests = len(server.asked)
    for turn in range(3):
        compose(server.counter(), history, message=f"Turn {turn}.")
    assert len(server.asked) <= requests + 3 * 2


async def test_of_many_turns_at_once_one_learns_that_a_server_counts_nothing(monkeypatch):
    asked = []

    def refuse(request):
        asked.append(request)
        return httpx.Response(404)

    client = httpx.Client(transport=httpx.MockTransport(refuse), base_url="http://server")
    monkeypatch.setattr(counting, "_client", lambda model, base: client)
    monkeypatch.setattr(counting, "_servers", {})
    model = ChatOpenAI(model="m", base_url="http://192.0.2.1:9/v1", api_key="k")
    found = await asyncio.gather(*(tokens_of(model, ModelProfile()) for _ in range(10)))
    assert all(tokens.counter is ESTIMATE for tokens in found)
    assert len(asked) == 1


async def test_a_model_without_such_a_server_is_estimated_for():
    for model in (ScriptedChatModel(["x"]), ChatOpenAI(model="gpt-5", api_key="k")):
        assert (await tokens_of(model, ModelProfile())).counter is ESTIMATE
