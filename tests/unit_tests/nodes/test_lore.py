"""What the lore engine is shown of a conversation."""

import threading

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import branch_keys
from langgraph_roleplay.nodes._lore import make_ready, scan_of
from langgraph_roleplay.personas import Lorebook, LoreEntry, Persona
from langgraph_roleplay.personas.lore import Lore, compile_lore
from langgraph_roleplay.turn import OWN

BEA = Persona(name="Bea")
TALK = [HumanMessage("Hello."), AIMessage("Hi.", additional_kwargs={OWN: True}), HumanMessage("A wolf!")]
KEYS = branch_keys(TALK)


def shown(messages, *, known=(), **options):
    return scan_of({"messages": messages, "branch": list(known)}, BEA, Context(), found={}, **options)


@pytest.mark.parametrize(
    "messages",
    [TALK, [*TALK, AIMessage("I route.", name="router")], [*TALK, AIMessage("I route."), AIMessage("I look.")]],
    ids=["alone", "one other agent", "two other agents"],
)
def test_what_other_agents_said_since_is_not_what_is_answered(messages):
    scan = shown(messages)
    assert [message.text for message in scan.messages] == ["Hello.", "Hi.", "A wolf!"]
    assert scan.branch == KEYS


@pytest.mark.parametrize(
    ("depth", "texts"),
    [(None, ["Hello.", "Hi.", "A wolf!"]), (9, ["Hello.", "Hi.", "A wolf!"]), (2, ["Hi.", "A wolf!"]), (0, [])],
)
def test_no_more_messages_are_read_than_are_searched_and_all_are_counted(depth, texts):
    scan = shown(TALK, depth=depth)
    assert [message.text for message in scan.messages] == texts
    assert (scan.length, scan.replies, scan.branch) == (3, 1, KEYS)


def test_messages_that_a_host_has_trimmed_are_counted():
    scan = shown(TALK[2:], known=KEYS)
    assert [message.text for message in scan.messages] == ["A wolf!"]
    assert (scan.length, scan.replies, scan.branch) == (3, 1, KEYS)


async def test_new_names_are_put_into_keys_beside_the_event_loop(monkeypatch):
    threads, put_in = [], Lore.indexes

    def watched(lore, char, user):
        threads.append(threading.get_ident())
        return put_in(lore, char, user)

    monkeypatch.setattr(Lore, "indexes", watched)
    lore = compile_lore([Lorebook(entries=(LoreEntry(keys=("{{user}}",), content="Lore."),))])
    for _ in range(2):
        await make_ready(lore, BEA, Context(user_name="Ann"))
        assert lore.ready("Bea", "Ann")
    assert len(threads) == 1
    assert threads != [threading.get_ident()]
