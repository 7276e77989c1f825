"""What the lore engine is shown of a conversation."""

import threading

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langgraph_roleplay.context import Context
from langgraph_roleplay.memory import branch_keys
from langgraph_roleplay.nodes._lore import lore_notes, make_ready, scan_of
from langgraph_roleplay.nodes._scene import set_scene
from langgraph_roleplay.personas import Lorebook, LoreEntry, Persona
from langgraph_roleplay.personas.lore import Lore, activate_lore, compile_lore
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


@pytest.mark.parametrize("depth", [None, 4])
def test_the_greeting_is_searched_as_the_prompt_shows_it(depth):
    persona = Persona(
        name="Bea", first_mes="{{// No.}}I am {{char}}.", alternate_greetings=("{{user}}, {{pick::a,b}}!",)
    )
    state = {"messages": TALK}

    def opening(greeting, thread):
        context = Context(greeting=greeting, user_name="Ann")
        shown = scan_of(state, persona, context, found={}, depth=depth, thread=thread).opening
        assert shown == set_scene(persona, context, thread=thread).greeting
        return shown

    assert opening(0, "t") == "I am Bea."
    assert {opening(1, str(thread)) for thread in range(20)} == {"Ann, a!", "Ann, b!"}


def test_a_greeting_beyond_the_searched_messages_is_not_even_made_ready():
    persona = Persona(name="Bea", first_mes="Hi.")
    known = branch_keys([AIMessage("Before."), *TALK])
    assert scan_of({"messages": TALK}, persona, Context(), found={}, depth=3).opening == ""
    assert scan_of({"messages": TALK, "branch": list(known)}, persona, Context(), found={}, depth=4).opening == ""


def test_a_note_says_which_book_and_key_an_entry_is_of_and_comes_back_with_them():
    book = Lorebook(
        name="Eldoria", entries=(LoreEntry(keys=("wolf",), content="A."), LoreEntry(keys=("wolf",), content="A."))
    )
    outcome = activate_lore(compile_lore([book]), shown(TALK), state={}, seed="s")
    notes = lore_notes(outcome)
    assert [(note["book"], note["key"], note["left_out"]) for note in notes] == [
        ("Eldoria", "wolf", False),
        ("Eldoria", "wolf", True),
    ]


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
