import io

import pytest
from langchain_core.messages import HumanMessage
from rich.console import Console

from langgraph_roleplay.cli.why import degraded_lines, explain_turn

STATE = {
    "messages": [HumanMessage("Who are you?")],
    "reply_id": "r",
    "persona": {"id": "alice", "name": "Alice", "hash": "abc"},
    "plan": {"intent": "answer", "emotion": "glee", "goal": "", "avoid": "", "source": "json_schema"},
    "recalled": [{"id": "1", "score": 0.71, "why": "dense 0.7", "text": "Ada: I like [red]tea"}],
    "lore": [{"key": "hatter", "why": "'hat' was said"}],
    "prompt": [{"piece": "rules", "tokens": 70, "kept": 70}, {"piece": "example 1", "tokens": 40, "kept": 0}],
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
    ],
)
def test_why_shows_what_the_turn_rested_on(words):
    assert words in shown(STATE)


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
