import io

import pytest
from langchain_core.messages import HumanMessage
from rich.console import Console

from langgraph_roleplay.cli.why import degraded_lines, explain_turn


def lore(name, why, **fields):
    known = {"place": "before_char", "depth": 0, "speaks_as": "system", "constant": False, "left_out": False}
    return {"uid": name, "name": name, "why": why, **known, **fields}


def piece(name, tokens, kept, *, place="prefix", why=""):
    return {
        "piece": name,
        "source": "card",
        "place": place,
        "tokens": tokens,
        "kept": kept,
        "counted": False,
        "why": why,
    }


STATE = {
    "messages": [HumanMessage("Who are you?")],
    "reply_id": "r",
    "persona": {"id": "alice", "name": "Alice", "hash": "abc"},
    "plan": {"intent": "answer", "emotion": "glee", "goal": "", "avoid": "", "source": "json_schema"},
    "recalled": [{"id": "1", "score": 0.71, "why": "dense 0.7", "text": "Ada: I like [red]tea"}],
    "lore": [
        lore("hatter", "key 'hat' in the last message"),
        lore("queen", "key 'queen'", place="at_depth", depth=3, speaks_as="user"),
        lore("rabbit", "probability 20 %", left_out=True),
    ],
    "passages": [{"id": "p", "score": 0.52, "why": "dense 0.5", "text": "Down, down, down."}],
    "prompt": [
        piece("rules", 70, 70, why="never left out"),
        piece("example 1", 40, 0, why="left out: no room for it"),
        piece("message", 9, 4, place="tail", why="what is answered; shortened"),
    ],
    "verdict": None,
    "draft": {"text": "x", "sound": "x", "faults": ["repeats: said before"], "held": False},
    "events": [{"node": "remember", "kind": "degraded", "text": "memory was off"}],
}


def shown(state):
    file = io.StringIO()
    Console(file=file, width=100).print(explain_turn(state))
    return file.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        "Turn 1 of Alice",
        "json_schema",
        "glee",
        "0.710",
        "dense 0.7",
        "I like [red]tea",
        "hatter",
        "repeats",
        "left out (40)",
        "left out: no room for it",
        "4 of 9",
        "beside your message",
        "74 tokens, estimated",
        "key 'hat' in the last message",
        "at depth 3 as user",
        "probability 20 %",
        "Down, down, down.",
    ],
)
def test_why_shows_what_the_turn_rested_on(words):
    assert words in shown(STATE)


def test_books_are_named_where_there_are_several():
    def told(*books):
        return shown({**STATE, "lore": [lore("hatter", "always", book=book) for book in books]})

    assert "Eldoria" in told("Eldoria", "Mordor")
    assert "Eldoria" not in told("Eldoria", "Eldoria")


def test_why_before_any_turn_says_so():
    assert shown({}) == "No turn yet.\n"


def test_a_turn_without_memory_is_told_to_the_user():
    assert degraded_lines(STATE) == ["This turn will not be remembered in other conversations: memory was off"]


def test_a_trifle_about_a_reply_that_stood_is_left_to_why():
    trifle = [{"node": "respond", "kind": "degraded", "text": "closed at a sentence's end"}]
    assert degraded_lines({**STATE, "events": trifle}) == []
    failed = {
        **STATE,
        "events": trifle,
        "verdict": {"stage": "reply", "rule": "no_reply", "way": "narrator", "keep": True},
    }
    assert degraded_lines(failed) == ["The model found no fitting words; /swipe asks it again."]


def test_a_turn_that_an_older_version_kept_is_still_explained():
    old = {
        "messages": [HumanMessage("Do you still play?")],
        "reply_id": "1",
        "lore": [{"key": "violin", "why": "key 'violin' in the last message"}],
        "prompt": [{"piece": "rules", "tokens": 60, "kept": 60}],
    }
    told = shown(old)
    assert "violin" in told
    assert "rules" in told
