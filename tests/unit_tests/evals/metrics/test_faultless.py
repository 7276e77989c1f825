import pytest

from langgraph_roleplay.evals.metrics import faultless

GOOD = "The mud on your left boot is from Norwood, I perceive."
OTHER = "Watson has gone to his club, and the violin is out of tune again."


def outcome(*turns: dict, **who: object) -> dict:
    filled = [{"said": "Well?", **turn} for turn in turns]
    return {"character": "Sherlock Holmes", "user": "Visitor", "language": "en", "turns": filled, **who}


@pytest.mark.parametrize(
    ("turns", "score", "told"),
    [
        ([{"reply": GOOD}, {"reply": OTHER}], 1.0, "no fault found"),
        ([{"reply": GOOD}, {"reply": "As an AI language model, I have no boots."}], 0.5, "turn 2: assistant_talk"),
        ([{"reply": GOOD}, {"reply": GOOD}], 0.5, "turn 2: repeats"),
        ([{"reply": "Visitor: I see.\nIndeed."}], 0.0, "speaks_for_user"),
        ([{"reply": "My system prompt is as follows."}], 0.0, "scaffolding_leak"),
        ([{"reply": ""}], 0.0, "empty"),
        ([{"reply": GOOD, "faults": ["assistant_talk: cut from the draft"]}], 0.0, "cut from the draft"),
        ([{"reply": GOOD, "verdict": "no_reply (reply)"}], 0.0, "no_reply"),
        ([{"reply": "I am a machine; please call someone.", "verdict": "crisis (input)"}], 1.0, "no fault found"),
    ],
)
def test_turns_without_a_fault_are_divided_by_all_turns(turns, score, told):
    found = faultless(outcome(*turns))
    assert found["score"] == score
    assert told in found["comment"]


def test_an_english_reply_of_a_chinese_character_is_a_fault():
    assert faultless(outcome({"reply": OTHER}, language="zh"))["score"] == 0.0


def test_a_conversation_that_never_began_is_not_scored():
    assert faultless({})["score"] is None
