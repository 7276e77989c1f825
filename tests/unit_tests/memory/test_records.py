from datetime import datetime

import pytest
from pydantic import ValidationError

from langgraph_roleplay.memory import Scope


def test_the_same_message_is_the_same_memory(memory):
    assert memory("Hello", message_id="m1").id == memory("Hello, edited", message_id="m1").id


@pytest.mark.parametrize(
    "other", [{"user": "bob"}, {"character": "watson"}, {"thread": "t2"}, {"kind": "fact"}, {"message_id": "m2"}]
)
def test_a_message_of_elsewhere_is_another_memory(memory, other):
    assert memory("Hello", message_id="m1").id != memory("Hello", **{"message_id": "m1"} | other).id


def test_the_same_text_said_twice_is_two_memories(memory):
    assert memory("Hello").id != memory("Hello").id


@pytest.mark.parametrize("missing", [{"user": ""}, {"character": ""}, {"user": None}])
def test_a_scope_without_user_or_character_can_not_be_made(missing):
    with pytest.raises(ValidationError):
        Scope(**{"user": "anna", "character": "holmes"} | missing)


def test_a_time_without_zone_is_refused(memory):
    with pytest.raises(ValidationError, match="timezone"):
        memory("Hello", at=datetime(2026, 1, 1))


def test_a_memory_can_not_be_changed(memory):
    with pytest.raises(ValidationError, match="frozen"):
        memory("Hello").text = "Good-bye"


def test_what_was_distilled_is_told_as_no_one_s_words(memory):
    assert memory("I keep bees.", speaker="Anna").told == 'Anna said: "I keep bees."'
    assert memory("Anna keeps bees.", kind="fact").told == "Anna keeps bees."
